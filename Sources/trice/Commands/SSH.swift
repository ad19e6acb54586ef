internal import ArgumentParser
internal import Engine
internal import Glibc
internal import Sessions

struct SSH: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ssh",
        abstract: "Open a shell in a service, or run one command there.",
        usage: "trice ssh [<options>] [<service>] [-- <command> ...]",
        discussion: """
            Without a command an interactive shell: `ssh.shell` of the service, else bash where the image has it, else sh.
            It runs as `ssh.user` in `ssh.directory`, with your TERM, COLORTERM and, where the image knows it, LANG, and with
            `ssh.forward_agent` your SSH agent. The exit code and signals pass through; there is a terminal where ours is one.
            No ssh server is needed in the image. With a single service its name may be left out.
            For ssh, scp, rsync and editors see `trice ssh-config`.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var inside: InsideOptions
    @OptionGroup var place: ClusterPlace
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Argument(parsing: .captureForPassthrough, help: "The service, then the command.", completion: .services) var words:
        [String] = []

    func run() throws {
        if let first = words.first, first == "-h" || first == "--help" { throw CleanExit.helpRequest(self) }
        if let first = words.first, first.hasPrefix("-"), first != "--" {
            throw ValidationError("Unknown option '\(first)'")
        }
        var rest = words[...]
        var service: String?
        if let first = rest.first, first != "--" { service = rest.removeFirst() }
        if rest.first == "--" { rest = rest.dropFirst() }
        if place.cluster { return try enterCluster(service, Array(rest)) }
        if let index {
            guard let name = service else { throw ValidationError("--index needs the name of a service.") }
            service = "\(name)-\(index)"
        }
        var entry = inside.entry(service: service, command: Array(rest))
        entry.usesShell = true
        try entry.enter(globals)
    }

    /// Into a pod of the service, by kubectl.
    private func enterCluster(_ service: String?, _ command: [String]) throws {
        guard let service else { throw ValidationError("--cluster needs the name of a service.") }
        let terminal = ProcessEnvironment.isTerminal(0) ? ["--stdin", "--tty"] : ["--stdin"]
        let shell = ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash || exec sh"]
        let words = try ClusterCommand(globals, place).words(for: service) { label in
            ["exec"] + terminal + ["--container", label, "service/\(label)", "--"] + (command.isEmpty ? shell : command)
        }
        try ClusterCommand.become(words)
    }
}

struct Exec: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "exec",
        abstract: "Run a command in a running service.",
        usage: "trice exec [<options>] <service> [--] <command> ...",
        discussion: "Like `ssh`, with the command required. The exit code and signals pass through.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var inside: InsideOptions
    @Flag(name: [.short, .long], help: "Run it in the background, without input and output.") var detach = false
    @Flag(help: "Give it all capabilities of the host.") var privileged = false
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Flag(name: [.short, .long], help: "Accepted for Docker users: input is passed anyway.") var interactive = false
    @Flag(help: "Pass no input; Docker's users write --interactive=false.") var noInteractive = false
    @Flag(name: [.short, .long], help: "Accepted for Docker users: there is a terminal where ours is one.")
    var tty = false
    @Argument(help: "The service.", completion: .services) var service: String
    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.") var command: [String] = []

    func validate() throws {
        if command.drop(while: { $0 == "--" }).isEmpty {
            throw ValidationError("Say what to run: trice exec SERVICE COMMAND…")
        }
    }

    func run() throws {
        if noInteractive { ProcessEnvironment.dropInput() }
        let words = command.first == "--" ? command.dropFirst() : command[...]
        var entry = inside.entry(service: index.map { "\(service)-\($0)" } ?? service, command: Array(words))
        entry.isDetached = detach
        entry.isPrivileged = privileged
        try entry.enter(globals)
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

    func entry(service: String?, command: [String]) -> Entry {
        Entry(
            service: service, command: command, user: user, workingDirectory: workdir, environment: env,
            usesNoTerminal: noTty)
    }
}

/// A step inside, however it was asked for.
struct Entry {
    var service: String?
    var command: [String]
    var user: String?
    var workingDirectory: String?
    var environment: [String] = []
    var usesNoTerminal = false
    var isDetached = false
    var isPrivileged = false
    /// Whether the settings of `ssh` in the Envfile hold.
    var usesShell = false

    /// Runs the command inside, and ends this process with its exit code; returns only by throwing.
    func enter(_ globals: Globals) throws -> Never {
        Glibc.exit(try Engine(globals.request).enter(request, sink: Progress.sink(for: globals)))
    }

    var request: EnterRequest {
        let hasTerminal =
            !usesNoTerminal && !isDetached && ProcessEnvironment.isTerminal(0) && ProcessEnvironment.isTerminal(1)
        var request = EnterRequest(
            service: service, command: command, user: user, workingDirectory: workingDirectory,
            environment: environment, hasTerminal: hasTerminal)
        request.isDetached = isDetached
        request.isPrivileged = isPrivileged
        if usesShell { request.shell = EnterRequest.Shell() }
        return request
    }
}
