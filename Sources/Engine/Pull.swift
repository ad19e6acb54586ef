package import ImageCommands
package import Workspaces

/// `pull`, `push`, `outdated` and `upgrade`: the images of a project and its lock.
extension Engine {
    /// Brings the images of services into the store and locks what is not locked yet.
    package func pull(_ project: Project, _ options: PullOptions, sink: any EventSink) async throws {
        try await images.pull(project, options, sink: sink)
    }

    /// Brings what the registries have now and moves the lock to it.
    package func upgrade(
        _ project: Project, services: [String], sink: any EventSink
    ) async throws -> UpgradeReport {
        try await images.upgrade(project, services: services, sink: sink)
    }

    /// Sends the images that the project builds to the registries that their names say.
    ///
    /// - Returns: the names.
    /// - Throws: `EngineError.invalidProject` where there is none, or one has a name of the project alone.
    package func push(_ project: Project, services: [String], sink: any EventSink) async throws -> [String] {
        try await images.push(project, services: services, sink: sink)
    }

    /// What each image of the project is and what it would be after `upgrade`.
    package func outdated(_ project: Project) throws -> OutdatedReport {
        try images.outdated(project)
    }
}
