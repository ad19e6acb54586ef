/// How far one layer is.
package struct LayerProgress: Sendable, Hashable, Codable {
    /// What is done with the layer now.
    package enum Phase: String, Sendable, Codable {
        case waiting, downloading, unpacking, uploading
        /// It was there already.
        case present
        case done
    }

    /// The layer: the digest of its blob, or of its content when it has no blob yet.
    package var layer: String
    package var phase: Phase
    /// Bytes of the blob.
    package var completed: Int64
    /// Bytes of the whole blob, when they are known.
    package var total: Int64?

    package init(_ layer: String, _ phase: Phase, completed: Int64 = 0, total: Int64? = nil) {
        self.layer = layer
        self.phase = phase
        self.completed = completed
        self.total = total
    }
}
