internal import Envfile
internal import Execution
package import ImageCommands
package import Vocabulary
package import Workspaces

/// `pull`, `push`, `outdated` and `upgrade`: the images of a project and its lock.
extension Engine {
    /// Brings the images of services into the store and locks what is not locked yet.
    package func pull(_ project: Project, _ options: PullOptions, sink: any EventSink) async throws {
        try await images.pull(project, options, sink: sink)
    }

    /// Brings what the registries have now and moves the lock to it.
    package func upgrade(
        _ project: Project, services: [ServiceName], sink: any EventSink
    ) async throws -> UpgradeReport {
        try await images.upgrade(project, services: services, sink: sink)
    }

    /// Sends the images that the project builds to the registries that their names say, and baked images to the repository
    /// that the lock names; with `repository` only baked images, to that one.
    ///
    /// - Returns: the names.
    /// - Throws: `EngineError.invalidProject` where the project has no such image, or one has a name of the project alone;
    ///   `EngineError.image` where `repository` is given and a service is not baked as it is now.
    package func push(
        _ project: Project, services: [ServiceName], bakedTo repository: String? = nil, sink: any EventSink
    ) async throws -> [String] {
        if let repository {
            let baked = try environments.bakedImages(project, services, isStrict: true)
            return try await images.push(baked, of: project, to: repository, sink: sink)
        }
        guard let known = try images.bakedRepository(project) else {
            return try await images.push(project, services: services, sink: sink)
        }
        let baked = try environments.bakedImages(project, services, isStrict: false)
        let hasBuilds = project.environment.services.contains {
            $0.build != nil && (services.isEmpty || services.contains($0.name))
        }
        let built = hasBuilds || baked.isEmpty ? try await images.push(project, services: services, sink: sink) : []
        return built + (baked.isEmpty ? [] : try await images.push(baked, of: project, to: known, sink: sink))
    }

    /// What each image of the project is and what it would be after `upgrade`.
    package func outdated(_ project: Project) throws -> OutdatedReport {
        try images.outdated(project)
    }
}
