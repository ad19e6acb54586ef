/// An image that was made here, by its name; the document is its maker's own.
package struct LocalImageRow: Hashable, Sendable, Codable {
    package var reference: String
    /// JSON.
    package var document: String
    package var createdAt: Int64

    package init(reference: String, document: String, createdAt: Int64) {
        self.reference = reference
        self.document = document
        self.createdAt = createdAt
    }
}

/// A layer that was made here, by the name of its directory.
package struct LocalLayerRow: Hashable, Sendable, Codable {
    package var name: String
    /// JSON.
    package var document: String

    package init(name: String, document: String) {
        self.name = name
        self.document = document
    }
}

/// The times of an image's pull and of the last request to its registry.
package struct ImagePullRecord: Hashable, Sendable, Codable {
    package var reference: String
    /// The digest of the name at the last request.
    package var manifestDigest: String
    package var pulledAt: Int64
    package var checkedAt: Int64

    package init(reference: String, manifestDigest: String, pulledAt: Int64, checkedAt: Int64) {
        self.reference = reference
        self.manifestDigest = manifestDigest
        self.pulledAt = pulledAt
        self.checkedAt = checkedAt
    }
}
