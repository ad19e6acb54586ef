internal import ArgumentParser
internal import Engine
internal import Glibc

struct Login: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "login",
        abstract: "Check a password with a registry and keep it for pulls and pushes.",
        discussion: """
            It is kept where Docker and Podman look for it: ~/.docker/config.json, REGISTRY_AUTH_FILE or a credential
            helper. Without --password-stdin it is asked for on the terminal.
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "The registry, as HOST[:PORT].") var registry = "docker.io"
    @Option(name: [.short, .long], help: "The user.") var username: String?
    @Flag(help: "Read the password from standard input.") var passwordStdin = false

    var globals: Globals { output.globals }

    func run() throws {
        let isInteractive = ProcessEnvironment.isTerminal(0)
        guard let user = username ?? (isInteractive ? Terminal.ask("User for \(registry): ") : nil), !user.isEmpty
        else { throw ValidationError("Say who you are with --username.") }
        let password: String?
        if passwordStdin {
            password = readLine(strippingNewline: true)
        } else if isInteractive {
            password = Terminal.ask("Password: ", isSecret: true)
        } else {
            throw ValidationError("There is no terminal to ask for the password on: use --password-stdin.")
        }
        guard let password, !password.isEmpty else { throw ValidationError("The password is empty.") }
        let messages = try Engine(globals.request).login(to: registry, user: user, password: password)
        messages.forEach(Output.print)
    }
}

struct Logout: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "logout", abstract: "Forget the password for a registry.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The registry, as HOST[:PORT].") var registry = "docker.io"

    var globals: Globals { output.globals }

    func run() throws {
        try Engine(globals.request).logout(from: registry).forEach(Output.print)
    }
}

/// Questions on the terminal.
enum Terminal {
    /// Prompts on standard error and reads a line; `nil` at the end of the input.
    static func ask(_ question: String, isSecret: Bool = false) -> String? {
        Output.write(question, to: 2)
        guard isSecret else { return readLine(strippingNewline: true) }
        var settings = termios()
        guard tcgetattr(0, &settings) == 0 else { return readLine(strippingNewline: true) }
        var hidden = settings
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(0, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(0, TCSAFLUSH, &settings)
            Output.write("\n", to: 2)
        }
        return readLine(strippingNewline: true)
    }
}
