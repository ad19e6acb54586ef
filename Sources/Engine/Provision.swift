package import Execution
internal import Planning
package import Workspaces

/// `provision`.
extension Engine {
    /// Runs the steps of services that run and that `options` ask for.
    ///
    /// - Returns: what was done.
    /// - Throws: `EngineError.notRunning` for a named service that does not run; `EngineError.planFailed` with each step that
    ///   failed.
    package func provision(
        _ project: Project, _ options: UpOptions, sink: any EventSink
    ) async throws -> PlanReport {
        let workspace = Workspace(id: project.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try environments.waitForStops(workspace)
        let plan = try environments.planProvisioning(project, options, workspace)
        try await environments.provision(plan, project, options, workspace, sink)
        _ = consume lock
        return PlanReport(plan: plan)
    }

    /// What `provision` would do. Nothing is changed.
    package func planProvision(_ project: Project, _ options: UpOptions) throws -> PlanReport {
        let workspace = Workspace(id: project.id, host: try context.host())
        return PlanReport(plan: try environments.planProvisioning(project, options, workspace))
    }
}
