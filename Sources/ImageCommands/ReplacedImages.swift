internal import Builder
internal import Building
internal import Envfile
internal import Images
internal import OCI
internal import Store
package import Vocabulary
package import Workspaces

/// The images of a project that a rebuild replaces: `watch --prune`.
extension ImageAdministration {
    /// The layers of the images that services build, by the names of their directories; read before a rebuild.
    package func builtLayers(of services: [ServiceName], in project: Project) throws -> Set<String> {
        let images = try host().images
        let built = project.environment.services.filter { $0.build != nil && services.contains($0.name) }
        let layers = try built.flatMap { service in
            let name = try ImageReference(service.image, relativeTo: project.environment.directory).description
            return try images.local.records.image(named: name)?.layerNames.map(\.text) ?? []
        }
        return Set(layers)
    }

    /// Removes these layers as far as no image, container or build step has them any more. All else stays, also what
    /// `image prune` would remove.
    package func prune(replaced layers: Set<String>) throws {
        guard !layers.isEmpty else { return }
        let host = try host()
        let records = RecordedBuilds(durable: host.durable)
        _ = try host.images.collect(
            among: layers,
            inUse: {
                try host.neededLayers().union(try records.records().map(\.layer.text))
            })
    }
}
