/// A list of manifests, for several platforms or of a whole layout; image-spec image-index.md.
package struct Index: Hashable, Sendable {
    package var mediaType: MediaType
    package var manifests: [Descriptor]
    package var annotations: [String: String]

    package init(manifests: [Descriptor] = [], annotations: [String: String] = [:]) {
        mediaType = .index
        self.manifests = manifests
        self.annotations = annotations
    }

    /// The entry that matches `host` best; of equal ones the first; an entry without a platform only when no other one
    /// matches.
    package func descriptor(for host: Platform) -> Descriptor? {
        var best: (descriptor: Descriptor, fitness: Int)?
        for descriptor in manifests where descriptor.mediaType.isManifest || descriptor.mediaType.isIndex {
            let fitness = descriptor.platform.map { $0.fitness(on: host) } ?? 0
            if let fitness, fitness > (best?.fitness ?? -1) { best = (descriptor, fitness) }
        }
        return best?.descriptor
    }
}

extension Index: Codable {
    private enum CodingKeys: String, CodingKey {
        case schemaVersion, mediaType, manifests, annotations
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try checkSchemaVersion(container, .schemaVersion, of: "image index")
        mediaType = try container.decodeIfPresent(MediaType.self, forKey: .mediaType) ?? .index
        guard mediaType.isIndex else {
            throw OCIError(.invalidDocument, "The media type `\(mediaType.rawValue)` is not that of an image index.")
        }
        manifests = try container.decodeIfPresent([Descriptor].self, forKey: .manifests) ?? []
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(2, forKey: .schemaVersion)
        try container.encode(mediaType, forKey: .mediaType)
        try container.encode(manifests, forKey: .manifests)
        if !annotations.isEmpty { try container.encode(annotations, forKey: .annotations) }
    }
}
