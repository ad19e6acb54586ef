package import OCI
package import SystemPackage

/// An image that is complete on this machine.
package struct Image: Sendable, Hashable {
    /// The canonical text of the reference it was found by.
    package let reference: String
    /// `nil` for an image that was made here and has not been packed yet.
    package let manifestDigest: Digest?
    /// The digest of the name at the image's source: that of an index, or else of the manifest.
    package let repositoryDigest: Digest?
    /// The digest of the configuration: the same for the same content with any compression of the layers.
    package let id: Digest
    package let configuration: ImageConfiguration
    /// For overlayfs: uppermost first, none twice.
    package let layerDirectories: [FilePath]
}

/// A layer as an image has it.
struct ImageLayer: Sendable, Hashable {
    var blob: Descriptor
    var diffID: Digest
}

/// Reads an image's documents and checks that they match.
enum ImageLoader {
    /// The largest number of nested indexes above a manifest.
    static let nestingLimit = 4

    /// The entry of an index for a platform.
    static func select(
        from bytes: [UInt8], _ descriptor: Descriptor, _ platform: Platform
    ) throws(ImageError) -> Descriptor {
        guard descriptor.mediaType.isIndex else {
            throw ImageError(
                .invalidImage, "\(descriptor.digest) is no image: its media type is `\(descriptor.mediaType.rawValue)`."
            )
        }
        let index = try DocumentCoding.decode(Index.self, from: bytes, "the index \(descriptor.digest)")
        guard let chosen = index.descriptor(for: platform) else {
            let known = index.manifests.compactMap { $0.platform?.description }.joined(separator: ", ")
            throw ImageError(
                .noMatchingPlatform, "The image \(descriptor.digest) is not made for \(platform); it has \(known).")
        }
        return chosen
    }

    /// Reads the configuration of a manifest.
    static func configuration(
        _ bytes: [UInt8], for manifest: Manifest, _ digest: Digest
    ) throws(ImageError) -> ImageConfiguration {
        guard manifest.config.mediaType.isConfiguration else {
            throw ImageError(
                .invalidImage,
                "\(digest) is no image but an artifact: its configuration has the type `\(manifest.config.mediaType.rawValue)`."
            )
        }
        let configuration = try DocumentCoding.decode(
            ImageConfiguration.self, from: bytes, "the configuration \(manifest.config.digest)")
        guard configuration.diffIDs.count == manifest.layers.count else {
            throw ImageError(
                .invalidImage,
                "The image \(digest) has \(manifest.layers.count) layers, and its configuration has \(configuration.diffIDs.count) diff ids."
            )
        }
        if let strange = manifest.layers.first(where: { !$0.mediaType.isLayer }) {
            throw ImageError(
                .invalidImage, "The image \(digest) has a layer of the unknown type `\(strange.mediaType.rawValue)`.")
        }
        return configuration
    }

    /// The layers, lowest first, each once: of two that are the same only the upper one can be seen.
    static func layers(of manifest: Manifest, _ configuration: ImageConfiguration) -> [ImageLayer] {
        var seen: Set<Digest> = []
        var layers: [ImageLayer] = []
        for (blob, diffID) in zip(manifest.layers, configuration.diffIDs).reversed() where seen.insert(diffID).inserted
        {
            layers.append(ImageLayer(blob: blob, diffID: diffID))
        }
        return layers.reversed()
    }
}
