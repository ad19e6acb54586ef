internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Vocabulary
internal import Workspaces

/// A command that changes containers that are there.
protocol LifecycleCommand: TriceCommand, DryRunnable {
    var services: [String] { get }
    /// What it does with them.
    func change() throws -> LifecycleChange
    /// How what it has started is waited for; `nil` for not at all.
    var readiness: Readiness? { get }
    /// The triggers of the command; `nil` where it has none.
    var hooks: (command: Trigger.Command, options: TriggerOptions)? { get }
}

/// How long services are waited for until they are ready.
struct Readiness: Sendable {
    /// `nil` without a limit.
    var timeout: Duration?
}

extension LifecycleCommand {
    var readiness: Readiness? { nil }
    var hooks: (command: Trigger.Command, options: TriggerOptions)? { nil }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let (change, services) = (try change(), services)
        if globals.isDryRun {
            return Output.print(try engine.plan(change, of: services, identity).text)
        }
        let readiness = readiness
        func carryOut() throws {
            try Progress.follow(sink) {
                try await engine.change(change, of: services, identity, sink: sink)
                guard let readiness else { return }
                try await engine.awaitServices(services, identity, timeout: readiness.timeout, sink: sink)
            }
        }
        guard let hooks else { return try carryOut() }
        try hooks.options.around(hooks.command, engine, identity.project, sink, carryOut)
    }
}

/// How long a stop waits.
struct TimeoutOption: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Wait at most this long for containers to stop by themselves.", valueName: "seconds"))
    var timeout: Int?

    var duration: Duration? { timeout.map { .seconds($0) } }

    func validate() throws {
        if let timeout, timeout < 0 { throw ValidationError("--timeout takes a number of seconds from 0 on.") }
    }
}

struct Stop: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "stop", abstract: "Stop services and keep their containers; `start` and `up` start them again.",
        aliases: ["halt"])

    @OptionGroup var common: GlobalOptions
    @OptionGroup var waiting: TimeoutOption
    @OptionGroup var triggers: TriggerOptions
    @Argument(help: "Services to stop (default: all).", completion: .services) var services: [String] = []

    func change() -> LifecycleChange { .stop(timeout: waiting.duration) }
    var hooks: (command: Trigger.Command, options: TriggerOptions)? { (.halt, triggers) }
}

struct Start: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "start", abstract: "Start services whose containers are there and do not run.")

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Wait until the services are ready: running, healthy where they have a check, or completed.")
    var wait = false
    @Option(help: ArgumentHelp("With --wait, wait at most this long.", valueName: "seconds")) var waitTimeout: Int?
    @Argument(help: "Services to start (default: all).", completion: .services) var services: [String] = []

    func validate() throws {
        if let waitTimeout, waitTimeout < 0 {
            throw ValidationError("--wait-timeout takes a number of seconds from 0 on.")
        }
    }

    func change() -> LifecycleChange { .start }

    /// As in Compose, a timeout of 0 is no limit.
    var readiness: Readiness? {
        wait ? Readiness(timeout: waitTimeout.flatMap { $0 > 0 ? .seconds($0) : nil }) : nil
    }
}

struct Restart: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "restart",
        abstract: "Stop services and start them again; what changed in the Envfile takes effect with `up`.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var waiting: TimeoutOption
    @Flag(help: "Leave the services alone that the named ones depend on.") var noDeps = false
    @Argument(help: "Services to restart (default: all).", completion: .services) var services: [String] = []

    func change() -> LifecycleChange { .restart(timeout: waiting.duration, followsDependencies: !noDeps) }
}

struct Remove: LifecycleCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "rm", abstract: "Remove containers that do not run, with their own changes and logs.",
        discussion: "Named volumes stay. At a terminal it asks first, unless --force is given.")

    @OptionGroup var common: LongFileOptions
    @Flag(name: [.customShort("f"), .long], help: "Do not ask.") var force = false
    @Flag(name: [.customShort("s"), .long], help: "Stop what runs first.") var stop = false
    @Flag(name: [.customShort("v"), .long], help: "Remove anonymous volumes too.") var volumes = false
    @Argument(help: "Services whose containers go (default: all).", completion: .services) var services: [String] = []

    var globals: Globals { common.globals }

    func change() throws -> LifecycleChange {
        if !globals.isDryRun, !force { try Confirmation.ask("Remove the containers that do not run?") }
        return .remove(stopsFirst: stop, removesVolumes: volumes)
    }
}

struct Kill: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "kill", abstract: "Send a signal to services, SIGKILL when none is named.")

    @OptionGroup var common: GlobalOptions
    @Option(name: [.short, .long], help: ArgumentHelp("The signal, by name or number.", valueName: "signal"))
    var signal = "SIGKILL"
    @Flag(help: "Accepted for Compose users: what the Envfile no longer has is signaled as well.")
    var removeOrphans = false
    @Argument(help: "Services to signal (default: all).", completion: .services) var services: [String] = []

    func validate() throws {
        if Signal(parsing: signal) == nil {
            throw ValidationError("`\(signal)` is not a signal: use a name such as SIGTERM or a number from 1 to 64.")
        }
    }

    func change() throws -> LifecycleChange { .signal(try Signal(signal)) }
}

struct Pause: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "pause", abstract: "Let the processes of services stand still.", aliases: ["suspend"])

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to pause (default: all).", completion: .services) var services: [String] = []

    func change() -> LifecycleChange { .pause }
}

struct Unpause: LifecycleCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "unpause", abstract: "Let the processes of paused services go on.", aliases: ["resume"])

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to let go on (default: all).", completion: .services) var services: [String] = []

    func change() -> LifecycleChange { .resume }
}
