internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Workspaces

/// How a command treats the triggers of the Envfile.
struct TriggerOptions: ParsableArguments {
    @Flag(help: "Run what the Envfile runs on this host this time, without asking (CI: TRICE_TRUST=1).") var trust =
        false
    @Flag(help: "Run no triggers.") var noTriggers = false

    func validate() throws {
        if trust && noTriggers { throw ValidationError("--trust and --no-triggers contradict each other.") }
    }

    /// Runs a command between the triggers before and after it.
    ///
    /// - Parameter project: `nil` where the Envfile cannot be read; its triggers are left out then.
    func around<Result>(
        _ command: Trigger.Command, _ engine: Engine, _ project: Project?, _ sink: any ProgressSink,
        _ body: () throws -> Result
    ) throws -> Result {
        guard let project else { return try body() }
        let triggers = engine.triggers(of: project)
        guard !triggers.isEmpty else { return try body() }
        let mode: HostTriggers.Mode = noTriggers ? .off : trust ? .trusted : .consented
        if try triggers.needsConsent(for: command, mode) { try ask(triggers) }
        try triggers.run(.before, command, mode, sink: sink)
        let result: Result
        do {
            result = try body()
        } catch let error as EngineError where error.code == .untrusted && Self.canAsk {
            // A step that runs on the host is due, and nothing was done.
            try ask(triggers)
            result = try body()
        }
        try triggers.run(.after, command, mode, sink: sink)
        return result
    }

    private static var canAsk: Bool { ProcessEnvironment.isTerminal(0) && ProcessEnvironment.isTerminal(2) }

    /// - Throws: `EngineError.untrusted` where the user does not agree, and where there is no terminal to ask at.
    private func ask(_ triggers: HostTriggers) throws {
        guard Self.canAsk else { throw triggers.refusal() }
        for line in try triggers.listing() { Output.error(line) }
        let answer = Terminal.ask("Agree to them, until they change? [y/N] ")?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw triggers.refusal() }
        try triggers.trust()
    }
}

struct Trust: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "trust",
        abstract: "Show what the Envfile runs on this host, and agree to it.",
        discussion: """
            Triggers run before and after commands, on the host and not in a container; so do steps of `provision` with
            `ansible`. They run only after you have agreed to them once; when one of them changes, or a file of the project
            that they name, you are asked again.
            --trust and TRICE_TRUST=1 run them without a record, for CI.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Take the agreement back.") var remove = false

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: [])
        let triggers = engine.triggers(of: project)
        if triggers.isEmpty {
            return Output.error("\(project.file) has no triggers and no steps that run on this host.")
        }
        if remove {
            return Output.error(
                try triggers.distrust() ? "The agreement is taken back." : "There was no agreement to them.")
        }
        for line in try triggers.listing() { Output.print(line) }
        try triggers.trust()
        Output.error("You have agreed to them. `trice trust --remove` takes it back.")
    }
}
