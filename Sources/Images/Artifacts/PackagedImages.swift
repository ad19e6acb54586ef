internal import LinuxSystem
package import OCI
package import SystemPackage

// Images that came with an artifact, and not from their own source.
extension ImageStore {
    /// The annotation of an index entry whose image came with an artifact.
    static let packageAnnotation = "dev.trice.packaged"

    /// Whether the image of a name came with an artifact: then it stays what the name means, whatever its source on this
    /// machine is, until the name is pulled or built.
    package func isPackaged(_ name: String) throws(ImageError) -> Bool {
        try content.reference(name)?.annotations[Self.packageAnnotation] != nil
    }

    /// Stores the documents of an image whose layers are unpacked already; it gets no name.
    ///
    /// - Parameter index: the digest of the index that the manifest was chosen from.
    /// - Returns: the descriptor for `setPackaged`, and the ID of the image.
    /// - Throws: `.invalidImage` for documents that do not fit together or whose layers are not there.
    package func store(
        manifest: [UInt8], configuration: [UInt8], index: Digest?
    ) throws(ImageError) -> (descriptor: Descriptor, id: Digest) {
        let digest = Digester.digest(of: manifest)
        let decoded = try DocumentCoding.decode(Manifest.self, from: manifest, "the manifest \(digest)")
        let known = try ImageLoader.configuration(configuration, for: decoded, digest)
        if let gone = known.diffIDs.first(where: { !layers.contains($0) }) {
            throw ImageError(.invalidImage, "The layer \(gone) of the image \(decoded.config.digest) is missing.")
        }
        try content.write(configuration, expecting: decoded.config.digest)
        try content.write(manifest)
        var descriptor = Descriptor(
            decoded.mediaType, digest, size: Int64(manifest.count), annotations: [Self.packageAnnotation: "1"])
        if let index { descriptor.annotations[Descriptor.indexAnnotation] = index.description }
        return (descriptor, decoded.config.digest)
    }

    /// Gives an image of the store the name of one that each machine makes for itself: there the name means this image.
    ///
    /// - Throws: `.noSuchImage` when `name` does not exist.
    package func setPackaged(_ name: String, as other: ImageReference) throws(ImageError) {
        guard var descriptor = try content.reference(name) else {
            throw ImageError(.noSuchImage, "There is no image \(name) in the store.")
        }
        descriptor.annotations[Self.sourceAnnotation] = nil
        descriptor.annotations[Self.packageAnnotation] = "1"
        try content.setReference(other.description, to: descriptor)
    }

    /// What a name leads to now, to be given back to it by `setReference`.
    package func reference(_ name: String) throws(ImageError) -> Descriptor? { try content.reference(name) }
}

extension LocalImages {
    /// Packs layers, unless their blobs are known.
    ///
    /// - Parameter known: the layers whose blobs are in the store, by diff ID.
    /// - Returns: by the names that were given.
    package func pack(
        layers names: [LayerName], known: [String: Artifact.Layer], compression: LayerCompression
    ) throws(ImageError) -> [String: Artifact.Layer] {
        let open = names.filter { known[$0.text] == nil }
        let packed = try inParallel(open) { (name: LayerName) throws(ImageError) -> LocalLayerRecord.Packed in
            try pack(name, compression: compression, latest: nil)
        }
        var found = known.filter { entry in names.contains { $0.text == entry.key } }
        for (name, layer) in zip(open, packed) {
            found[name.text] = Artifact.Layer(blob: layer.blob, diffID: layer.diffID)
        }
        return found
    }

    /// Packs the files below a directory as a layer: the same names, modes and contents give the same bytes.
    package func pack(files directory: FilePath) throws(ImageError) -> Artifact.Layer {
        let (packed, _) = try Self.pack(directory, into: store.content.writer(), .gzip(level: 6), latest: 0)
        return Artifact.Layer(blob: packed.blob, diffID: packed.diffID)
    }

    /// The documents of an image of the content store, and its layers.
    ///
    /// - Throws: `.sourceMissing` when a blob of a layer is not in the store.
    package func packaged(_ descriptor: Descriptor) throws(ImageError) -> PackagedImage {
        let bytes = try store.content.read(descriptor)
        let manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(descriptor.digest)")
        let configurationBytes = try store.content.read(manifest.config)
        let configuration = try ImageLoader.configuration(configurationBytes, for: manifest, descriptor.digest)
        guard let manifestText = String(validating: bytes, as: UTF8.self),
            let configurationText = String(validating: configurationBytes, as: UTF8.self)
        else {
            throw ImageError(.invalidImage, "The documents of the image \(manifest.config.digest) are not UTF-8.")
        }
        var layers: [String: Artifact.Layer] = [:]
        for layer in ImageLoader.layers(of: manifest, configuration) {
            guard store.content.contains(layer.blob.digest) else {
                throw ImageError(
                    .sourceMissing,
                    "The blob \(layer.blob.digest) of the image \(manifest.config.digest) is not in the store. Pull the "
                        + "image again.")
            }
            layers[layer.diffID.hex] = Artifact.Layer(blob: layer.blob, diffID: layer.diffID)
        }
        return PackagedImage(
            id: manifest.config.digest, manifest: manifestText, configuration: configurationText, layers: layers)
    }
}

/// An image as an artifact has it.
package struct PackagedImage: Sendable, Hashable {
    /// The digest of the configuration.
    package let id: Digest
    /// The text of the manifest.
    package let manifest: String
    /// The text of the configuration.
    package let configuration: String
    /// By the names of their directories.
    package let layers: [String: Artifact.Layer]
}
