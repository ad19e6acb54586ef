package import OCI

/// An image whose upper layers were made on this machine: directories that have no tar, digest or diff ID yet.
package struct LocalImage: Sendable, Hashable {
    /// A layer of the base: its blob and its diff ID are known.
    package struct BaseLayer: Sendable, Hashable, Codable {
        package let blob: Descriptor
        package let diffID: Digest

        package init(blob: Descriptor, diffID: Digest) {
            self.blob = blob
            self.diffID = diffID
        }
    }

    /// A layer that was made here.
    package struct Layer: Sendable, Hashable, Codable {
        package let name: LayerName
        /// The position in the configuration's history of the step that made it.
        package let historyPosition: Int
        /// The builder's key of the step that made it: an annotation of the layer.
        package let step: Digest?

        package init(name: LayerName, historyPosition: Int, step: Digest? = nil) {
            self.name = name
            self.historyPosition = historyPosition
            self.step = step
        }
    }

    /// As the image's document will have it, but with the diff ids of the base's layers only.
    package let configuration: ImageConfiguration
    /// Lowest first; none for an image made from nothing.
    package let baseLayers: [BaseLayer]
    /// Above the base's, lowest first.
    package let layers: [Layer]
    /// The digest of all this in canonical JSON: it changes with the image and not with its being packed.
    package let id: Digest

    /// - Throws: `.invalidImage` when the parts do not fit together.
    package init(
        configuration: ImageConfiguration, baseLayers: [BaseLayer], layers: [Layer] = []
    ) throws(ImageError) {
        guard configuration.diffIDs == baseLayers.map(\.diffID) else {
            throw ImageError(
                .invalidImage,
                "An image made here has \(baseLayers.count) layers of its base, and its configuration has \(configuration.diffIDs.count) diff ids, or others."
            )
        }
        if let strange = layers.first(where: { !configuration.history.indices.contains($0.historyPosition) }) {
            throw ImageError(
                .invalidImage,
                "The layer \(strange.name) has the step \(strange.historyPosition), and the image's history has \(configuration.history.count)."
            )
        }
        self.configuration = configuration
        self.baseLayers = baseLayers
        self.layers = layers
        id = try Digester.digest(
            of: DocumentCoding.encode(
                Document(configuration: configuration, baseLayers: baseLayers, layers: layers)))
    }

    /// From nothing: no layer and an empty configuration.
    package static func empty(for platform: Platform) throws(ImageError) -> LocalImage {
        try LocalImage(configuration: ImageConfiguration(platform: platform, diffIDs: []), baseLayers: [])
    }

    /// When the last step was done, in RFC 3339.
    package var created: String? { configuration.created }
    package var author: String? { configuration.author }
}

// MARK: - Layers

extension LocalImage {
    /// The directories of all layers, lowest first, each once: of two that are the same only the upper can be seen.
    package var layerNames: [LayerName] {
        var seen: Set<LayerName> = []
        let all = baseLayers.map { LayerName(diffID: $0.diffID) } + layers.map(\.name)
        return all.reversed().filter { seen.insert($0).inserted }.reversed()
    }
}

// MARK: - Coding

extension LocalImage: Codable {
    /// The encoded document, from which the ID is computed.
    private struct Document: Codable {
        var configuration: ImageConfiguration
        var baseLayers: [BaseLayer]
        var layers: [Layer]
    }

    package init(from decoder: any Decoder) throws {
        let document = try Document(from: decoder)
        try self.init(
            configuration: document.configuration, baseLayers: document.baseLayers, layers: document.layers)
    }

    package func encode(to encoder: any Encoder) throws {
        try Document(configuration: configuration, baseLayers: baseLayers, layers: layers).encode(to: encoder)
    }
}
