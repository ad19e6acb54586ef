package import OCI

/// An image during its import: its documents are complete, its layers follow.
package struct IncomingImage: Sendable {
    /// A layer as the image has it.
    package struct Layer: Sendable, Hashable {
        package let blob: Descriptor
        package let diffID: Digest
    }

    /// Of the manifest.
    package let descriptor: Descriptor
    private let manifest: Manifest
    private let manifestBytes: [UInt8]

    /// - Throws: `.invalidImage` for a document that is no manifest of an image.
    package init(_ descriptor: Descriptor, _ bytes: [UInt8]) throws(ImageError) {
        self.descriptor = descriptor
        manifestBytes = bytes
        manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(descriptor.digest)")
        guard manifest.config.size <= DocumentCoding.sizeLimit else {
            throw ImageError(
                .invalidImage,
                "The configuration of \(descriptor.digest) has \(manifest.config.size) bytes; \(DocumentCoding.sizeLimit) are the limit."
            )
        }
    }

    /// The entry of an index for a platform.
    ///
    /// - Throws: `.noMatchingPlatform`, `.invalidImage`.
    package static func select(
        from bytes: [UInt8], _ descriptor: Descriptor, for platform: Platform
    ) throws(ImageError) -> Descriptor {
        try ImageLoader.select(from: bytes, descriptor, platform)
    }

    /// The largest number of nested indexes above a manifest.
    package static var nestingLimit: Int { ImageLoader.nestingLimit }

    /// What the manifest says that it is, where that is not an image.
    package var artifactType: String? { manifest.artifactType }

    /// Of the configuration.
    package var configuration: Descriptor { manifest.config }

    /// The layers, lowest first, each once.
    ///
    /// - Throws: `.noMatchingPlatform` for an image that was made for another; `.invalidImage`.
    package func layers(_ configurationBytes: [UInt8], for platform: Platform) throws(ImageError) -> [Layer] {
        let configuration = try ImageLoader.configuration(configurationBytes, for: manifest, descriptor.digest)
        guard configuration.platform.fitness(on: platform) != nil else {
            throw ImageError(
                .noMatchingPlatform,
                "The image \(descriptor.digest) is made for \(configuration.platform) and not for \(platform).")
        }
        return ImageLoader.layers(of: manifest, configuration).map { Layer(blob: $0.blob, diffID: $0.diffID) }
    }

    /// Stores the documents after all layers; then the image can get a name.
    ///
    /// - Parameter index: the digest of the index from which the manifest was chosen.
    package func store(
        _ configurationBytes: [UInt8], from index: Digest?, in content: ContentStore
    ) throws(ImageError) -> Descriptor {
        try content.write(configurationBytes, expecting: manifest.config.digest)
        try content.write(manifestBytes, expecting: descriptor.digest)
        var entry = Descriptor(descriptor.mediaType, descriptor.digest, size: descriptor.size)
        if let index { entry.annotations[Descriptor.indexAnnotation] = index.description }
        return entry
    }
}

/// An image on its way out: every blob of it, the layers' first.
package struct OutgoingImage: Sendable {
    package let descriptor: Descriptor
    package let manifestBytes: [UInt8]
    package let configuration: Descriptor
    /// Lowest first, each once.
    package let layers: [Descriptor]

    /// - Throws: `.invalidImage` when a document or a blob is missing.
    package init(_ descriptor: Descriptor, in content: ContentStore) throws(ImageError) {
        self.descriptor = descriptor
        manifestBytes = try content.read(descriptor)
        let manifest = try DocumentCoding.decode(
            Manifest.self, from: manifestBytes, "the manifest \(descriptor.digest)")
        configuration = manifest.config
        var seen: Set<Digest> = []
        layers = manifest.layers.filter { seen.insert($0.digest).inserted }
        for blob in layers + [manifest.config] where !content.contains(blob.digest) {
            throw ImageError(
                .invalidImage,
                "The blob \(blob.digest) of the image \(descriptor.digest) is missing from the store. Pull the image again."
            )
        }
    }
}

extension ContentStore {
    /// The repositories of a registry that contain a blob, according to the names of images in the store.
    package func repositories(of registry: String, holding digest: Digest) throws(ImageError) -> [String] {
        var found: Set<String> = []
        for entry in try references() where entry.mediaType.isManifest && contains(entry.digest) {
            guard let name = entry.annotations[Descriptor.referenceName], let reference = try? Reference(name),
                reference.registry == registry, !found.contains(reference.repository)
            else { continue }
            let manifest = try DocumentCoding.decode(
                Manifest.self, from: read(entry), "the manifest \(entry.digest)")
            if manifest.layers.contains(where: { $0.digest == digest }) { found.insert(reference.repository) }
        }
        return found.sorted()
    }
}
