package import Execution
internal import Vocabulary
package import Workspaces

/// `stop`, `start`, `restart`, `rm`, `kill`, `pause` and `unpause`.
extension Engine {
    /// Changes the containers of services that are there, or of all when none is named.
    ///
    /// - Throws: `EngineError.unknownService` for a service that has no container; `EngineError.serviceEnded` when one
    ///   that was started has failed already.
    package func change(
        _ change: LifecycleChange, of services: [String], _ identity: EnvironmentTarget, sink: any EventSink
    ) async throws {
        let identity = try await bringingExternals(for: change, of: services, identity, sink: sink)
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
        try environments.waitForStops(workspace)
        let plan = try await environments.change(change, of: services, identity, workspace, sink)
        try environments.checkEnded(plan, workspace, sink)
        _ = consume lock
    }

    /// Waits until the containers of services that are there, or of all, have come to what they should.
    ///
    /// - Throws: `EngineError.planFailed` with the reason of each that does not.
    package func awaitServices(
        _ services: [String], _ identity: EnvironmentTarget, timeout: Duration?, sink: any EventSink
    ) async throws {
        guard let project = identity.project else { return }
        let workspace = Workspace(id: identity.id, host: try context.host())
        var options = UpOptions(services: [ServiceName](unchecked: services))
        options.followsDependencies = services.isEmpty
        options.waitTimeout = timeout
        try await environments.awaitServices(project, options, workspace, sink)
    }

    /// What `change` would do.
    package func plan(
        _ change: LifecycleChange, of services: [String], _ identity: EnvironmentTarget
    ) throws -> PlanReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        return PlanReport(plan: try environments.plan(change, of: services, identity, workspace))
    }
}
