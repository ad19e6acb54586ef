package import Execution
internal import Planning
package import Workspaces

/// `plan` and `plan --down`.
extension Engine {
    /// What `up` would do. Nothing is changed.
    package func plan(_ project: Project, _ options: UpOptions) async throws -> PlanReport {
        if project.isOnlyExternal(options) {
            return PlanReport(plan: Plan(notes: try externalsToBringUp(project, options)))
        }
        let workspace = Workspace(id: project.id, host: try context.host())
        let images = try ProjectImages(project, host: workspace.host)
        return PlanReport(plan: try await planUp(project, options, images, workspace).plan)
    }

    /// What `down` would do. Nothing is changed.
    package func planDown(_ identity: EnvironmentTarget, _ options: DownOptions) throws -> PlanReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        return PlanReport(plan: try environments.planDown(options, workspace))
    }
}
