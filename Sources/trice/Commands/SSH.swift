internal import ArgumentParser
internal import Engine

struct SSH: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh",
        abstract: "Open a shell in a service, or run one command there.",
        usage: "trice ssh [<options>] [<service>] [-- <command> ...]",
        discussion: """
            Without a command an interactive shell (bash where the image has it, else sh). The exit code and signals
            pass through; there is a terminal where ours is one. No ssh server is needed in the image.
            With a single service its name may be left out.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var inside: InsideOptions
    @Argument(parsing: .captureForPassthrough, help: "The service, then the command.") var words: [String] = []

    func run() throws {
        var rest = words[...]
        var service: String?
        if let first = rest.first, first != "--" { service = rest.removeFirst() }
        if rest.first == "--" { rest = rest.dropFirst() }
        try inside.enter(globals, service: service, command: Array(rest))
    }
}

struct Exec: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command in a running service.",
        usage: "trice exec [<options>] <service> [--] <command> ...",
        discussion: "Like `ssh`, with the command required. The exit code and signals pass through.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var inside: InsideOptions
    @Argument(help: "The service.") var service: String
    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.") var command: [String] = []

    func validate() throws {
        if command.drop(while: { $0 == "--" }).isEmpty {
            throw ValidationError("Say what to run: trice exec SERVICE COMMAND…")
        }
    }

    func run() throws {
        try inside.enter(globals, service: service, command: Array(command.first == "--" ? command.dropFirst() : command[...]))
    }
}

/// The options that say as whom and where a command runs inside.
struct InsideOptions: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp("The user, as NAME or ID[:GROUP].", valueName: "user"))
    var user: String?

    @Option(name: [.short, .long], help: ArgumentHelp("The directory to start in.", valueName: "path"))
    var workdir: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Set a variable (repeatable).", valueName: "name=value"))
    var env: [String] = []

    @Flag(name: [.customShort("T"), .long], help: "Use no terminal even if ours is one.")
    var noTty = false

    /// Replaces this process by the command inside; returns only by throwing.
    func enter(_ globals: Globals, service: String?, command: [String]) throws {
        let engine = try Engine(globals.request)
        let hasTerminal = !noTty && ProcessEnvironment.isTerminal(0) && ProcessEnvironment.isTerminal(1)
        let request = EnterRequest(
            service: service, command: command, user: user, workingDirectory: workdir, environment: env,
            hasTerminal: hasTerminal)
        try engine.enter(request, identity: try engine.identity(sink: Progress.sink(for: globals)))
    }
}
