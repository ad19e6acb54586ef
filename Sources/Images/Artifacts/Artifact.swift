internal import LinuxSystem
package import OCI

/// Layers and a document under one manifest, for what is more than an image: such as a whole environment.
///
/// It is an image to registries and to other tools: its configuration names the platform and the diff IDs, and has the
/// document as a label. `artifactType` of the manifest says what it really is.
package struct Artifact: Sendable, Hashable {
    /// One layer: its blob, and the digest of its content.
    package struct Layer: Sendable, Hashable {
        package let blob: Descriptor
        package let diffID: Digest

        package init(blob: Descriptor, diffID: Digest) {
            self.blob = blob
            self.diffID = diffID
        }
    }

    /// Such as `application/vnd.trice.environment.v1`.
    package let type: String
    /// What only the maker understands.
    package let document: String
    /// Each once.
    package let layers: [Layer]

    package init(type: String, document: String, layers: [Layer]) {
        self.type = type
        self.document = document
        var seen: Set<Digest> = []
        self.layers = layers.filter { seen.insert($0.diffID).inserted }
    }

    /// The label of the configuration that has the document.
    static let label = "dev.trice.document"
}

extension ImageStore {
    /// Stores the documents of an artifact whose layers' blobs are in the store; it gets no name.
    ///
    /// - Returns: the descriptor of the manifest.
    package func store(_ artifact: Artifact) throws(ImageError) -> Descriptor {
        var execution = ImageConfiguration.Execution()
        execution.labels[Artifact.label] = artifact.document
        let configuration = try DocumentCoding.encode(
            ImageConfiguration(platform: platform, config: execution, diffIDs: artifact.layers.map(\.diffID)))
        guard Int64(configuration.count) <= DocumentCoding.sizeLimit else {
            throw ImageError(
                .limitExceeded,
                "The description of the environment has \(configuration.count) bytes; \(DocumentCoding.sizeLimit) are the limit."
            )
        }
        let config = Descriptor(
            .configuration, try content.write(configuration), size: Int64(configuration.count))
        var manifest = Manifest(config: config, layers: artifact.layers.map(\.blob.inImageSpecification))
        manifest.artifactType = artifact.type
        let bytes = try DocumentCoding.encode(manifest)
        return Descriptor(.manifest, try content.write(bytes), size: Int64(bytes.count), platform: platform)
    }

    /// The artifact of a manifest in the store.
    ///
    /// - Parameter subject: what the user calls it.
    /// - Throws: `.invalidImage` for one of another type, `.noMatchingPlatform` for one of another platform.
    package func artifact(_ descriptor: Descriptor, type: String, subject: String) throws(ImageError) -> Artifact {
        let bytes = try content.read(descriptor)
        let manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest of \(subject)")
        guard manifest.artifactType == type else {
            throw ImageError(
                .invalidImage,
                "\(subject) is not what Trice has packed: its type is `\(manifest.artifactType ?? "image")`.")
        }
        let configuration = try ImageLoader.configuration(
            content.read(manifest.config), for: manifest, descriptor.digest)
        guard configuration.platform.fitness(on: platform) != nil else {
            throw ImageError(
                .noMatchingPlatform,
                "\(subject) was made on a machine of the architecture \(configuration.platform.architecture), and this one has "
                    + "\(platform.architecture). Its programs do not run here.")
        }
        let layers = ImageLoader.layers(of: manifest, configuration)
        return Artifact(
            type: type, document: configuration.config.labels[Artifact.label] ?? "",
            layers: layers.map { Artifact.Layer(blob: $0.blob, diffID: $0.diffID) })
    }

    /// Brings an artifact of a registry: its blobs and its layers, without a name. The caller holds `protect()`.
    ///
    /// - Throws: `.remote` with the registry's reason, also for an image of another type.
    package func pull(
        artifact reference: Reference, type: String, progress: (ImageProgress) -> Void
    ) throws(ImageError) -> Descriptor {
        var found: Descriptor?
        try run(.pullArtifact(reference, type: type), "pull \(reference)") { event throws(ImageError) in
            switch event {
            case .image(let descriptor): found = descriptor
            case .layer(let layer): progress(.layer(layer))
            case .message(let text): progress(.message(text))
            default: break
            }
        }
        guard let found else {
            throw ImageError(.programFailed, "Could not pull \(reference): trice-remote named no artifact.")
        }
        return found
    }

    /// Unpacks those layers of an artifact that are not there, from their blobs.
    package func unpack(_ artifact: Artifact, progress: @escaping @Sendable (ImageProgress) -> Void) throws(ImageError)
    {
        let missing = artifact.layers.filter { !layers.contains($0.diffID) }
        if let gone = missing.first(where: { !content.contains($0.blob.digest) }) {
            throw ImageError(
                .invalidArchive,
                "The layer \(gone.blob.digest) of the archive is missing, so it is not whole. Get it again.")
        }
        _ = try inParallel(missing) { (layer: Artifact.Layer) throws(ImageError) -> Bool in
            let blob = layer.blob
            try layers.unpack(blob: content.path(of: blob.digest), digest: blob.digest, diffID: layer.diffID) {
                progress(.layer(LayerProgress("\(blob.digest)", .unpacking, completed: $0, total: blob.size)))
            }
            return true
        }
    }
}
