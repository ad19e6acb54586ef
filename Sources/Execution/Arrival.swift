internal import Diagnostics
package import Planning
internal import SupervisorProtocol
package import Workspaces

/// What `up` and `start` wait for after they have started containers.
extension EnvironmentControl {
    /// Waits until every service has come to what it should: that it runs, healthy where it has a check, or has ended
    /// with code 0.
    ///
    /// - Throws: `EngineError.planFailed` with the reason of each that does not.
    package func awaitServices(
        _ project: Project, _ options: UpOptions, _ workspace: Workspace, _ sink: any EventSink
    ) async throws {
        guard options.waits, !options.noStart else { return }
        // While one service is waited for another may end: all are looked at again. One that is started again and again
        // does not make this endless.
        for _ in 1...Self.looks {
            let sighting = try Sighting(workspace, looksAtPorts: false)
            let observed = try Observer(workspace: workspace).observe(from: sighting)
            let plan = try options.reconciler(for: project).arrivals(desired: project.environment, observed: observed)
            guard !plan.isEmpty else { return }
            let executor = try executor(workspace, nil, sink, waiting: options.waitTimeout)
            try await PlanExecutor(plan: plan, sink: sink).run { try executor.perform($0, $1) }
        }
    }

    /// How often `up` looks at all services after it has waited for some.
    private static let looks = 4

    /// Looks once more at the services that a plan of `up` has started, and tells how the environment is then. What is
    /// being started again by now is waited for, as by `awaitServices`.
    ///
    /// - Throws: `EngineError.serviceEnded` with the last lines of each that has failed already, where that is judged.
    package func reportUp(
        _ project: Project, _ options: UpOptions, _ plan: Plan, _ workspace: Workspace, _ sink: any EventSink
    ) async throws -> StatusReport {
        var sighting = try Sighting(workspace)
        for _ in 1...Self.looks where sighting.containers.values.contains(where: \.isRestarting) {
            try await awaitServices(project, options, workspace, sink)
            sighting = try Sighting(workspace)
        }
        if options.judgesEnds { try checkEnded(plan, workspace, sink, sighting) }
        // The packet filter was looked at for the plan, and what it lacked has been written.
        return try status(
            EnvironmentTarget(id: project.id, project: project), workspace, sighting, looksAtFirewall: false)
    }

    /// - Throws: `EngineError.serviceEnded` with the last lines of each service that a plan has started and that has
    ///   failed already.
    package func checkEnded(_ plan: Plan, _ workspace: Workspace, _ sink: any EventSink) throws {
        try checkEnded(plan, workspace, sink, try Sighting(workspace))
    }

    private func checkEnded(
        _ plan: Plan, _ workspace: Workspace, _ sink: any EventSink, _ sighting: Sighting
    ) throws {
        try EndedServices(workspace: workspace).check(plan, sighting.containers, sink)
    }
}
