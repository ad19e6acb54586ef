internal import Diagnostics
package import Envfile
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What an Envfile runs on the host when the user has agreed to it: its `triggers` before and after commands, and its steps with
/// `ansible`.
package struct HostTriggers: Sendable {
    private let project: Project
    private let context: CommandContext

    /// How a command treats them.
    package enum Mode: Sendable, Hashable {
        /// They run when the user has agreed to them once.
        case consented
        /// They run this time.
        case trusted
        case off
    }

    package init(_ project: Project, _ context: CommandContext) {
        self.project = project
        self.context = context
    }

    private var environment: Environment { project.environment }
    private var triggers: [Trigger] { environment.tools.triggers }

    /// Set for what a trigger runs: commands of Trice run no triggers then, and so none runs itself.
    private static let marker = "TRICE_TRIGGER"
    /// Trusts every Envfile, for CI.
    package static let trustVariable = "TRICE_TRUST"

    private var consent: TriggerConsent {
        TriggerConsent(
            triggers: triggers, steps: steps, directory: FilePath(environment.directory), layout: context.layout,
            userID: CallerCommand(request: context.request).caller?.user ?? context.request.userID)
    }

    /// The steps that run on the host.
    private var steps: [HostStep] {
        environment.services.flatMap { service in
            service.tools.provisioners.compactMap { step in
                guard case .ansible(let play) = step.action else { return nil }
                return HostStep(service: service.name, step: step, play: play)
            }
        }
    }

    // MARK: - Consent

    /// Whether the command has a trigger.
    private func has(_ command: Trigger.Command) -> Bool { triggers.contains { $0.command == command } }

    /// Whether the user has to be asked before the command's triggers run.
    package func needsConsent(for command: Trigger.Command, _ mode: Mode) throws -> Bool {
        guard mode == .consented, has(command), !isNested, !isTrusted else { return false }
        return try !consent.isGiven()
    }

    /// Whether steps that run on the host may run.
    package func isAgreed(_ mode: Mode) throws -> Bool {
        if mode == .trusted || isTrusted { return true }
        return try consent.isGiven()
    }

    private var isNested: Bool { context.request.processEnvironment[Self.marker] != nil }

    private var isTrusted: Bool {
        let value = context.request.processEnvironment[Self.trustVariable] ?? ""
        return !value.isEmpty && value != "0"
    }

    /// Records that the user agrees to all triggers of the Envfile as they are now.
    package func trust() throws { try consent.give() }

    /// - Returns: whether the user had agreed.
    package func distrust() throws -> Bool { try consent.withdraw() }

    /// Whether the Envfile runs nothing on the host.
    package var isEmpty: Bool { triggers.isEmpty && steps.isEmpty }

    /// What runs on the host, in words that follow `has`.
    private var kinds: String {
        [triggers.isEmpty ? nil : "triggers", steps.isEmpty ? nil : "steps with `ansible`"].compactMap(\.self)
            .joined(separator: " and ")
    }

    /// What would run, one line each.
    package func listing() throws -> [String] {
        var lines = ["\(project.file) runs on this host, in \(environment.directory):"]
        lines += triggers.map { trigger in
            let remark = trigger.onFailure == .carryOn ? " (a failure is only told)" : ""
            let script = trigger.script.split(whereSeparator: \.isNewline).map { String($0).visibleInLine }
            return "  \(trigger.moment.rawValue) \(trigger.command.rawValue)\(remark): "
                + script.joined(separator: "\n      ")
        }
        lines += steps.map(\.shown)
        let files = try consent.files
        if !files.isEmpty { lines.append("Files that they name: \(files.joined(separator: ", "))") }
        return lines
    }

    /// The error for what the user has not agreed to.
    package func refusal() -> EngineError {
        let options = [
            triggers.isEmpty ? nil : "`--no-triggers`", steps.isEmpty ? nil : "`--no-provision`",
        ].compactMap(\.self).joined(separator: " and ")
        return EngineError(
            .untrusted,
            "\(project.file) has \(kinds), which run on this host, and you have not agreed to them as they are now. Nothing "
                + "was done. `trice trust` shows them and agrees; `--trust` or \(Self.trustVariable)=1 run them without a "
                + "record, as in CI, and \(options) \(options.contains(" and ") ? "leave" : "leaves") them out.")
    }

    // MARK: - Running

    /// Runs the triggers of a moment in their order; the caller has checked the consent.
    ///
    /// - Throws: `EngineError.triggerFailed` for the first one that fails and does not say `on_error: continue`; those after
    ///   it are not run.
    package func run(
        _ moment: Trigger.Moment, _ command: Trigger.Command, _ mode: Mode, sink: any EventSink
    ) throws {
        guard mode != .off, !isNested else { return }
        for trigger in triggers where trigger.moment == moment && trigger.command == command {
            let name = "\(moment.rawValue) \(command.rawValue)"
            let shown = trigger.script.split(whereSeparator: \.isNewline).first.map(String.init)?.visibleInLine ?? ""
            sink.note("trigger \(name): \(shown)", isWarning: false)
            let status = try ChildProcess.start(try self.command(for: trigger)).wait()
            if status.isSuccess { continue }
            let message = "The trigger \(name) failed with code \(status.code): `\(shown)`."
            guard trigger.onFailure == .abort else {
                sink.note(message, isWarning: true)
                continue
            }
            let rest =
                moment == .before ? "Nothing was done." : "`\(command.rawValue)` itself was done."
            throw EngineError(
                .triggerFailed,
                "\(message) \(rest) Mend it, or let a failure only be told with `on_error: continue`.")
        }
    }

    /// What a trigger writes goes to standard error, so that standard output keeps the command's result. It has no input.
    private func command(for trigger: Trigger) throws -> ChildProcess.Command {
        var command = try CallerCommand(request: context.request).command(
            ["/bin/sh", "-c", trigger.script],
            variables: [
                Self.marker: "\(trigger.moment.rawValue) \(trigger.command.rawValue)",
                "TRICE_ENVIRONMENT": project.id.text,
            ], in: FilePath(environment.directory))
        command.descriptors = [1: 2, 2: 2]
        return command
    }
}
