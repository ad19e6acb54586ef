package import OCI

/// The names that images have in the content store.
extension ImageStore {
    /// One name with its descriptor.
    package struct Entry: Sendable, Hashable {
        package let reference: String
        package let image: Image
        /// Of the layers' blobs together, in bytes.
        package let size: Int64
        /// The sizes of the layers' blobs, lowest first, as the manifest lists them.
        package let layerSizes: [Int64]
    }

    /// Everything that has a name, sorted by it.
    package func list() throws(ImageError) -> [Entry] {
        var entries: [Entry] = []
        for descriptor in try content.references() {
            guard let name = descriptor.annotations[Descriptor.referenceName] else { continue }
            entries.append(try entry(descriptor, name))
        }
        return entries.sorted { $0.reference < $1.reference }
    }

    /// The entry of a name; `nil` when the content store has no such name.
    package func entry(named name: String) throws(ImageError) -> Entry? {
        guard let descriptor = try content.reference(name) else { return nil }
        return try entry(descriptor, name)
    }

    private func entry(_ descriptor: Descriptor, _ name: String) throws(ImageError) -> Entry {
        let (image, _) = try load(descriptor, name)
        var sizes: [Int64] = []
        if let digest = image.manifestDigest {
            let bytes = try content.read(digest, as: .manifest)
            sizes = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(digest)").layers.map(\.size)
        }
        return Entry(reference: name, image: image, size: sizes.reduce(0, +), layerSizes: sizes)
    }

    /// The descriptor of the manifest of a name.
    package func manifest(named name: String) throws(ImageError) -> Descriptor? {
        guard let descriptor = try content.reference(name) else { return nil }
        guard let digest = try load(descriptor, name).image.manifestDigest else { return nil }
        if descriptor.digest == digest { return descriptor }
        return try content.descriptor(of: digest, .manifest)
    }

    /// Gives an image of the store another name; an existing name is moved to it.
    ///
    /// - Throws: `.noSuchImage` when `name` does not exist.
    package func tag(_ name: String, as other: String) throws(ImageError) {
        guard var descriptor = try content.reference(name) else {
            throw ImageError(.noSuchImage, "There is no image \(name) in the store.")
        }
        // The fingerprint of a source does not apply to an image with another name.
        descriptor.annotations[Self.sourceAnnotation] = nil
        try content.setReference(other, to: descriptor)
    }

    /// Removes the name of an image; `false` when it does not exist. `collect` frees its space.
    @discardableResult
    package func remove(named name: String) throws(ImageError) -> Bool {
        try content.removeReference(name)
    }

    /// The stored documents of an image: the manifest and the configuration.
    package func documents(of image: Image) throws(ImageError) -> (manifest: [UInt8]?, configuration: [UInt8]) {
        guard let digest = image.manifestDigest else {
            return (nil, try DocumentCoding.encode(image.configuration))
        }
        return (try content.read(digest, as: .manifest), try content.read(image.id, as: .configuration))
    }
}

extension ContentStore {
    /// The descriptor of a blob in the store.
    func descriptor(of digest: Digest, _ mediaType: MediaType) throws(ImageError) -> Descriptor {
        Descriptor(mediaType, digest, size: try size(of: digest))
    }

    /// A document by its digest alone.
    func read(_ digest: Digest, as mediaType: MediaType) throws(ImageError) -> [UInt8] {
        try read(try descriptor(of: digest, mediaType))
    }
}

extension ImageStore {
    /// The moment at which an archive had the packages of an image of Debian's; `nil` where none was asked for one.
    package func debianSnapshot(of reference: ImageReference) throws(ImageError) -> String? {
        try content.reference(reference.description)?.annotations[DebianSource.snapshotAnnotation]
    }
}
