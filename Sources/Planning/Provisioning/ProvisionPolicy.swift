package import Envfile
package import Vocabulary

/// What is known of a step that has run in a container.
package struct RanStep: Hashable, Sendable, Codable {
    /// The step as it was then.
    package var fingerprint: StepFingerprint
    /// `false` for one that failed or was interrupted.
    package var isComplete: Bool
    /// The exit code of one that failed by it.
    package var code: Int32?

    package init(fingerprint: StepFingerprint, isComplete: Bool = true, code: Int32? = nil) {
        self.fingerprint = fingerprint
        self.isComplete = isComplete
        self.code = code
    }
}

/// A step that runs now, with all that its execution needs.
package struct ProvisionStep: Hashable, Sendable {
    /// As the Envfile describes it.
    package var step: Provisioner
    /// What is recorded when it has run.
    package var fingerprint: StepFingerprint

    package init(step: Provisioner, fingerprint: StepFingerprint) {
        self.step = step
        self.fingerprint = fingerprint
    }

    /// The service's steps in their order.
    ///
    /// - Parameter contents: the digests of what the steps read on the host, by step and part.
    package static func all(of service: Service, contents: [String: [String: String]]) -> [ProvisionStep] {
        service.tools.provisioners.map {
            ProvisionStep(step: $0, fingerprint: StepFingerprint(of: $0, contents: contents[$0.name] ?? [:]))
        }
    }
}

/// Decides which steps of one container run: a pure function of the steps, of what has run, and of the request.
package struct ProvisionPolicy: Hashable, Sendable {
    /// What the command asks for.
    package var request: ProvisionRequest

    package init(_ request: ProvisionRequest) {
        self.request = request
    }

    /// A step that runs, and why.
    package struct Due: Hashable, Sendable {
        package var step: ProvisionStep
        /// In words that follow the step's name, such as `input db/002.sql changed`.
        package var cause: String
    }

    /// The steps that run, in the order of the file.
    ///
    /// - Parameter ran: what has run in the container, by step; empty for a new one.
    package func due(_ steps: [ProvisionStep], ran: [String: RanStep]) -> [Due] {
        steps.compactMap { step in cause(of: step, ran[step.step.name]).map { Due(step: step, cause: $0) } }
    }

    private func cause(of step: ProvisionStep, _ ran: RanStep?) -> String? {
        switch request {
        case .none: return nil
        case .named(let names): return names.contains { step.step.isCalled($0) } ? Self.asked : nil
        case .all where step.step.policy != .never:
            return Self.dueCause(step, ran) ?? Self.asked
        case .all, .due: return Self.dueCause(step, ran)
        }
    }

    private static let asked = "asked for"

    private static func dueCause(_ step: ProvisionStep, _ ran: RanStep?) -> String? {
        if step.step.policy == .never { return nil }
        if step.step.policy == .always { return "always runs" }
        switch step.state(ran) {
        case .done: return nil
        case .notRun: return "has not run"
        case .failed: return "did not come to its end the last time"
        case .changed(let changes): return StepState.shown(changes)
        }
    }
}

extension Provisioner {
    /// Whether the name on the command line means the step: its own, or its kind as Vagrant has it.
    package func isCalled(_ name: String) -> Bool { self.name == name || kind == name }

    /// What it does, in the word of the file.
    package var kind: String {
        switch action {
        case .shell, .script: "shell"
        case .copy: "copy"
        case .ansible: "ansible"
        }
    }
}
