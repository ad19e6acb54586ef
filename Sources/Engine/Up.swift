internal import Building
internal import Envfile
package import Execution
internal import ImageCommands
internal import Images
internal import Planning
internal import Sessions
package import Workspaces

/// `up`.
extension Engine {
    /// Brings the environment to what the project says and tells how it is then.
    ///
    /// - Throws: `EngineError.planFailed` with every operation that failed; what succeeded stays, and the next `up`
    ///   goes on from there.
    package func up(_ project: Project, _ options: UpOptions, sink: any EventSink) async throws -> StatusReport {
        try await up(project, options, users: [], sink: sink)
    }

    /// - Parameter users: the IDs of the environments for which it is brought up, the first one first.
    func up(
        _ project: Project, _ options: UpOptions, users: [String], sink: any EventSink
    ) async throws -> StatusReport {
        // Before the lock: commands of two environments never wait for each other.
        let isOnlyExternal = project.isOnlyExternal(options)
        let (project, options) = try await bringingExternals(
            project.schedulingJobs(options), options, users: users, sink: sink)
        let workspace = Workspace(id: project.id, host: try context.host())
        if isOnlyExternal {
            return try environments.status(EnvironmentTarget(id: project.id, project: project))
        }
        for place in try workspace.whereabouts(projectName: project.environment.name) {
            sink.note(place.message, isWarning: true)
        }
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(
            EnvironmentTarget(id: project.id, project: project), workspace, sink)
        try environments.waitForStops(workspace)
        try BuildLeftovers(host: workspace.host).remove()
        try SeedCatalog(workspace.host).tidy()
        let projectImages = try ProjectImages(project, host: workspace.host)
        let projectLock = ProjectLock(project: project, images: projectImages)
        let protection = try workspace.host.images.store.protect()
        if options.isFrozen { try projectLock.checkFrozen(project.environment.services.withSteps) }
        let (plan, check) = try await planUp(project, options, projectImages, workspace)
        var bases = check.bases
        let done: Plan
        do {
            done = try await environments.bringUp(project, options, projectImages, workspace, plan, sink) { plan in
                bases += try await builds.build(project, plan, options, projectImages, sink)
            }
        } catch {
            // A user steps into what did come up to find out why; the failure to report is that of `up`.
            try? sessions.refreshShells(project, workspace, sink: sink)
            throw error
        }
        try sessions.refreshShells(project, workspace, sink: sink)
        let own = project.environment.workloads.filter { $0.build == nil }.map(\.image)
        try projectLock.update(own + bases, sink: sink)
        try workspace.noteIgnoredAttributes(of: project, sink)
        let report = try await arrive(project, options, done, workspace, sink)
        _ = consume protection
        _ = consume lock
        return report
    }

    /// Waits for the services, and tells how the environment is then.
    private func arrive(
        _ project: Project, _ options: UpOptions, _ plan: Plan, _ workspace: Workspace, _ sink: any EventSink
    ) async throws -> StatusReport {
        do {
            try await environments.awaitServices(project, options, workspace, sink)
            return try await environments.reportUp(project, options, plan, workspace, sink)
        } catch {
            // The failure that is thrown says more.
            try? environments.distrustSeeds(of: plan, workspace, sink)
            throw error
        }
    }

    /// The plan of `up`, for the command that carries it out and for the one that shows it.
    func planUp(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace
    ) async throws -> (plan: Plan, check: ImageBuilds.RebuildCheck) {
        let project = try withExternals(project.schedulingJobs(options), neededBy: options.services)
        try environments.checkDirectory(project, options, workspace)
        let check = try await builds.dueBuilds(project, options, images)
        var plan = try environments.plan(project, options, images, workspace, due: check.due, offersBaked: true)
        plan.notes += try externalsToBringUp(project, options)
        return (plan, check)
    }
}

extension Project {
    /// With the jobs that start by the clock among the services, unless only some of these are to come up.
    fileprivate func schedulingJobs(_ options: UpOptions) -> Project {
        var project = self
        if options.services.isEmpty { project.environment = environment.withScheduledJobs }
        return project
    }
}
