/// An image that was made here, by its name; the document is its maker's own.
public struct LocalImageRow: Hashable, Sendable, Codable {
    public var reference: String
    /// JSON.
    public var document: String
    public var createdAt: Int64

    public init(reference: String, document: String, createdAt: Int64) {
        self.reference = reference
        self.document = document
        self.createdAt = createdAt
    }
}

/// A layer that was made here, by the name of its directory.
public struct LocalLayerRow: Hashable, Sendable, Codable {
    public var name: String
    /// JSON.
    public var document: String

    public init(name: String, document: String) {
        self.name = name
        self.document = document
    }
}

/// The times of an image's pull and of the last request to its registry.
public struct ImagePullRecord: Hashable, Sendable, Codable {
    public var reference: String
    /// The digest of the name at the last request.
    public var manifestDigest: String
    public var pulledAt: Int64
    public var checkedAt: Int64

    public init(reference: String, manifestDigest: String, pulledAt: Int64, checkedAt: Int64) {
        self.reference = reference
        self.manifestDigest = manifestDigest
        self.pulledAt = pulledAt
        self.checkedAt = checkedAt
    }
}
