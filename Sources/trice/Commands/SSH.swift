internal import ArgumentParser
internal import Engine
internal import Sessions

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
        if let first = words.first, first == "-h" || first == "--help" { throw CleanExit.helpRequest(self) }
        if let first = words.first, first.hasPrefix("-"), first != "--" {
            throw ValidationError("Unknown option '\(first)'")
        }
        var rest = words[...]
        var service: String?
        if let first = rest.first, first != "--" { service = rest.removeFirst() }
        if rest.first == "--" { rest = rest.dropFirst() }
        try inside.entry(service: service, command: Array(rest)).enter(globals)
    }
}

struct Exec: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
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
        let words = command.first == "--" ? command.dropFirst() : command[...]
        try inside.entry(service: service, command: Array(words)).enter(globals)
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

    /// Replaces this process by the command inside; returns only by throwing.
    func enter(_ globals: Globals) throws -> Never {
        let hasTerminal =
            !usesNoTerminal && ProcessEnvironment.isTerminal(0) && ProcessEnvironment.isTerminal(1)
        try Engine(globals.request).enter(
            EnterRequest(
                service: service, command: command, user: user, workingDirectory: workingDirectory,
                environment: environment, hasTerminal: hasTerminal), sink: Progress.sink(for: globals))
    }
}
