internal import Envfile
package import Planning
internal import Vocabulary
package import Workspaces

/// `provision`.
extension EnvironmentControl {
    /// The steps that run in what runs.
    ///
    /// - Throws: `EngineError.notRunning` for a named service that does not run, and where nothing does.
    package func planProvisioning(_ project: Project, _ options: UpOptions, _ workspace: Workspace) throws -> Plan {
        try project.checkSupport()
        var observed = try Observer(workspace: workspace).observe()
        let running = Set(observed.containers.filter { $0.state == .running }.map(\.id.service))
        guard !running.isEmpty else {
            throw EngineError(.notRunning, "Nothing is up. Start it, and its steps run, with: trice up")
        }
        for name in options.services where !running.contains(name) {
            guard project.serviceNames.contains(name.rawValue) else {
                throw EngineError.unknownService(name.rawValue, known: project.serviceNames)
            }
            throw EngineError(
                .notRunning, "`\(name)` is not running. Start it, and its steps run, with: trice up \(name)")
        }
        try observed.addProvisioning(of: project, options, workspace)
        var reconciler = options.reconciler(for: project)
        reconciler.options.followsDependencies = false
        return try reconciler.provisionPlan(desired: project.environment, observed: observed)
    }

    /// Runs the steps of a plan that `planProvisioning` made.
    ///
    /// - Throws: `EngineError.untrusted` where steps run on the host and the user has not agreed to that; what a step that
    ///   failed throws.
    package func provision(
        _ plan: Plan, _ project: Project, _ options: UpOptions, _ workspace: Workspace, _ sink: any EventSink
    ) async throws {
        try checkConsent(plan, project, options)
        for note in plan.notes { sink.note(note, isWarning: false) }
        guard !plan.isEmpty else { return }
        try await execute(plan, try executor(workspace, nil, sink), sink)
    }

    /// Refuses a plan with steps that run on the host and that the user has not agreed to.
    ///
    /// - Throws: `EngineError.untrusted`; nothing has been changed by this plan then.
    func checkConsent(_ plan: Plan, _ project: Project, _ options: UpOptions) throws {
        let runsOnHost = plan.operations.contains { planned in
            if case .provision(_, let step) = planned.operation { step.step.runsOnHost } else { false }
        }
        guard runsOnHost else { return }
        let triggers = HostTriggers(project, context)
        guard try !triggers.isAgreed(options.trustsHost ? .trusted : .consented) else { return }
        throw triggers.refusal()
    }
}
