internal import Building
package import Execution
internal import Planning
package import Workspaces

/// `plan` and `plan --down`.
extension Engine {
    package func plan(_ project: Project, _ options: UpOptions) async throws -> PlanReport {
        let workspace = Workspace(id: project.id, host: try context.host())
        let images = try ProjectImages(project, host: workspace.host)
        let due = try await builds.dueBuilds(project, options, images)
        var plan = try environments.plan(project, options, images, workspace, due: due.reasons)
        plan.notes += due.notes
        // What the registry will answer is not known; that it will be asked is.
        for pull in try pulls(project, options, images).operations {
            plan.notes.append("\(pull.operation.resource): `up` will ask the registry (\(pull.cause))")
        }
        return PlanReport(plan: plan)
    }

    package func planDown(_ identity: EnvironmentTarget, _ options: DownOptions) throws -> PlanReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        return PlanReport(plan: try environments.planDown(options, workspace))
    }
}
