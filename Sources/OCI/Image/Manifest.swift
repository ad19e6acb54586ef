/// One image for one platform: its configuration and its layers, lowest first; image-spec manifest.md.
package struct Manifest: Hashable, Sendable {
    package var mediaType: MediaType
    package var artifactType: String?
    package var config: Descriptor
    package var layers: [Descriptor]
    package var annotations: [String: String]

    package init(config: Descriptor, layers: [Descriptor], annotations: [String: String] = [:]) {
        mediaType = .manifest
        self.config = config
        self.layers = layers
        self.annotations = annotations
        artifactType = nil
    }
}

extension Manifest: Codable {
    private enum CodingKeys: String, CodingKey {
        case schemaVersion, mediaType, artifactType, config, layers, annotations
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try checkSchemaVersion(container, .schemaVersion, of: "image manifest")
        mediaType = try container.decodeIfPresent(MediaType.self, forKey: .mediaType) ?? .manifest
        guard mediaType.isManifest else {
            throw OCIError(.invalidDocument, "The media type `\(mediaType.rawValue)` is not that of an image manifest.")
        }
        artifactType = try container.decodeIfPresent(String.self, forKey: .artifactType)
        config = try container.decode(Descriptor.self, forKey: .config)
        layers = try container.decodeIfPresent([Descriptor].self, forKey: .layers) ?? []
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(2, forKey: .schemaVersion)
        try container.encode(mediaType, forKey: .mediaType)
        try container.encodeIfPresent(artifactType, forKey: .artifactType)
        try container.encode(config, forKey: .config)
        try container.encode(layers, forKey: .layers)
        if !annotations.isEmpty { try container.encode(annotations, forKey: .annotations) }
    }
}

/// Both documents of schema version 2 contain this number; version 1 is a different format.
func checkSchemaVersion<Key>(
    _ container: KeyedDecodingContainer<Key>, _ key: Key, of document: String
) throws {
    let version = try container.decodeIfPresent(Int.self, forKey: key)
    guard version == 2 else {
        throw OCIError(
            .invalidDocument,
            "The \(document) has schema version \(version.map(String.init) ?? "none"); only version 2 can be read.")
    }
}
