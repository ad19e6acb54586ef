internal import Envfile
internal import Images
internal import OCI
internal import Snapshots
internal import Vocabulary
internal import Workspaces

/// The images of a package: their documents, their blobs, and what they are called here and there.
struct PackagedImages {
    let host: Host
    private(set) var images: [PackageDocument.Image] = []
    /// The layers whose blobs are in the store, by the names of their directories here.
    private(set) var layers: [String: Artifact.Layer] = [:]
    /// The IDs that images have elsewhere, by those that they have here: an image that was made here gets another.
    private var ids: [String: String] = [:]

    init(host: Host) { self.host = host }

    /// The ID that an image has elsewhere.
    func id(of id: String) -> String { ids[id] ?? id }

    /// Adds an image, once, with one more name in the Envfile.
    mutating func add(_ entry: ImageLibrary.Entry, as reference: PackageDocument.Reference?) throws {
        let known = ids["\(entry.image.id)"]
        var position = known.flatMap { id in images.firstIndex { $0.id == id } }
        if position == nil {
            let packed = try host.images.local.packaged(host.images.packed(entry))
            let repository = entry.image.repositoryDigest
            ids["\(entry.image.id)"] = "\(packed.id)"
            layers.merge(packed.layers) { first, _ in first }
            position = images.firstIndex { $0.id == "\(packed.id)" }
            if position == nil {
                images.append(
                    PackageDocument.Image(
                        id: "\(packed.id)", manifest: packed.manifest, configuration: packed.configuration,
                        index: entry.isLocal || repository == entry.image.manifestDigest ? nil : repository?.description
                    ))
                position = images.count - 1
            }
        }
        guard let reference, let position, !images[position].references.contains(reference) else { return }
        images[position].references.append(reference)
    }

    /// Adds the images of a project's services, steps and jobs.
    ///
    /// - Returns: the names of those that are not here and that only a job needs.
    mutating func add(_ project: Project) throws -> [String] {
        let names = try ProjectImages(project, host: host)
        var missing: [String] = []
        let needed = Set(project.environment.services.withSteps.map(\.image))
        for service in project.environment.workloads {
            guard let image = try names.lookup(service.image) else {
                guard needed.contains(service.image) else {
                    missing.append(service.image)
                    continue
                }
                throw EngineError(
                    .image,
                    "The image \(service.image) of `\(service.name)` is not on this machine, so it cannot be packed. Bring the "
                        + "environment up first, or get it with `trice \(service.build == nil ? "pull" : "build")`.")
            }
            let prefix = "\(project.environment.name)-"
            let isOfProject = service.build != nil && service.image == prefix + service.name.rawValue
            try add(
                host.images.find(image.reference, relativeTo: project.environment.directory),
                as: PackageDocument.Reference(
                    text: isOfProject ? service.name.rawValue : service.image, isOfProject: isOfProject))
        }
        return missing
    }

    /// Adds the images that the containers of a snapshot lie upon, as far as they are still here.
    mutating func add(_ document: SnapshotDocument) throws {
        for container in document.containers {
            for id in Set([container.upon, container.imageID]) where ids[id] == nil {
                let name: String?
                if id == container.upon, let kept = container.keptImage {
                    name = kept
                } else {
                    name = try host.images.image(id: id)?.reference
                }
                // The layers of one that has no name any more are part of the snapshot.
                guard let name, let entry = try? host.images.find(name, relativeTo: "/") else { continue }
                try add(entry, as: nil)
            }
        }
    }

    /// Packs the layers of a snapshot, and names all that it has as it will be elsewhere.
    mutating func pack(_ document: SnapshotDocument) throws -> SnapshotDocument {
        let names = try document.neededLayers.sorted().map { try LayerName($0) }
        let packed = try host.images.local.pack(layers: names, known: layers, compression: .gzip(level: 1))
        layers.merge(packed) { first, _ in first }
        func moved(_ names: [String]) -> [String] { names.compactMap { packed[$0]?.diffID.hex } }
        func moved(_ volume: SnapshotDocument.Volume) -> SnapshotDocument.Volume {
            .init(name: volume.name, isShared: volume.isShared, layers: moved(volume.layers))
        }
        var document = document
        // It has the values of variables, also those of files that are left out.
        document.configuration = nil
        document.isPushed = false
        document.layers = document.layers.compactMap { layer in
            packed[layer.name].map { .init(name: $0.diffID.hex, size: layer.size) }
        }
        document.volumes = document.volumes.map(moved)
        for index in document.containers.indices {
            let container = document.containers[index]
            document.containers[index].layers = moved(container.layers)
            document.containers[index].volumes = container.volumes.map(moved)
            document.containers[index].upon = id(of: container.upon)
            document.containers[index].imageID = id(of: container.imageID)
            document.containers[index].keptImage = nil
        }
        return document
    }
}
