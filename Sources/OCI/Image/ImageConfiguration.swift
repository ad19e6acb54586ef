/// The layers, the history and the execution defaults of an image; image-spec config.md.
package struct ImageConfiguration: Hashable, Sendable {
    package var platform: Platform
    /// RFC 3339, as the document has it.
    package var created: String?
    package var author: String?
    package var config: Execution
    /// The digests of the uncompressed layers, lowest first.
    package var diffIDs: [Digest]
    package var history: [History]

    package init(platform: Platform, config: Execution = Execution(), diffIDs: [Digest], history: [History] = []) {
        self.platform = platform
        self.config = config
        self.diffIDs = diffIDs
        self.history = history
        created = nil
        author = nil
    }

    /// One step of the image's making.
    package struct History: Hashable, Sendable, Codable {
        package var created: String?
        package var createdBy: String?
        package var author: String?
        package var comment: String?
        package var emptyLayer: Bool?

        private enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }

        package init(createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil) {
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }
}

extension ImageConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case architecture, os, variant, created, author, config, rootfs, history
        case osVersion = "os.version"
    }

    private struct RootFileSystem: Codable {
        var type = "layers"
        var diffIDs: [Digest]

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        platform = Platform(
            architecture: try container.decodeIfPresent(String.self, forKey: .architecture) ?? "",
            os: try container.decodeIfPresent(String.self, forKey: .os) ?? "linux",
            variant: try container.decodeIfPresent(String.self, forKey: .variant))
        platform.osVersion = try container.decodeIfPresent(String.self, forKey: .osVersion)
        created = try container.decodeIfPresent(String.self, forKey: .created)
        author = try container.decodeIfPresent(String.self, forKey: .author)
        config = try container.decodeIfPresent(Execution.self, forKey: .config) ?? Execution()
        let rootfs = try container.decode(RootFileSystem.self, forKey: .rootfs)
        guard rootfs.type == "layers" else {
            throw OCIError(
                .invalidDocument, "The root file system has the type `\(rootfs.type)`; only `layers` is known.")
        }
        diffIDs = rootfs.diffIDs
        history = try container.decodeIfPresent([History].self, forKey: .history) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(platform.architecture, forKey: .architecture)
        try container.encode(platform.os, forKey: .os)
        try container.encodeIfPresent(platform.variant, forKey: .variant)
        try container.encodeIfPresent(platform.osVersion, forKey: .osVersion)
        try container.encodeIfPresent(created, forKey: .created)
        try container.encodeIfPresent(author, forKey: .author)
        try container.encode(config, forKey: .config)
        try container.encode(RootFileSystem(diffIDs: diffIDs), forKey: .rootfs)
        if !history.isEmpty { try container.encode(history, forKey: .history) }
    }
}
