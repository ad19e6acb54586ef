internal import Building
internal import Envfile
package import Execution
internal import ImageCommands
internal import Images
internal import Planning
package import Workspaces

/// `up`.
extension Engine {
    /// Brings the environment to what the project says and tells how it is then.
    ///
    /// - Throws: `EngineError.planFailed` with every operation that failed; what succeeded stays, and the next `up`
    ///   goes on from there.
    package func up(_ project: Project, _ options: UpOptions, sink: any EventSink) async throws -> StatusReport {
        let workspace = Workspace(id: project.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try environments.waitForStops(workspace)
        try BuildLeftovers(host: workspace.host).remove()
        let projectImages = try ProjectImages(project, host: workspace.host)
        let projectLock = ProjectLock(project: project, images: projectImages)
        let protection = try workspace.host.images.store.protect()
        if options.isFrozen { try projectLock.checkFrozen(project.environment.services) }
        try await images.pull(try pulls(project, options, projectImages), projectImages, sink)
        let bases = try await builds.build(project, options, projectImages, sink)
        try await environments.bringUp(project, options, projectImages, workspace, sink)
        let own = project.environment.services.filter { $0.build == nil }.map(\.image)
        try projectLock.update(own + bases, sink: sink)
        let report = try environments.status(EnvironmentTarget(id: project.id, project: project), workspace)
        _ = consume protection
        _ = consume lock
        return report
    }

    /// What of the images is pulled before anything is planned.
    func pulls(_ project: Project, _ options: UpOptions, _ images: ProjectImages) throws -> Plan {
        let environment = project.environment
        return try ImagePulls(policy: options.pullPolicy, services: Set(options.services))
            .plan(environment, observed: images.observe(environment.services))
    }
}
