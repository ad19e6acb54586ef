/// How far one layer is.
public struct LayerProgress: Sendable, Hashable, Codable {
    public enum Phase: String, Sendable, Codable {
        case waiting, downloading, unpacking, uploading
        /// It was there already.
        case present
        case done
    }

    /// The layer: the digest of its blob, or of its content when it has no blob yet.
    public var layer: String
    public var phase: Phase
    /// Bytes of the blob.
    public var completed: Int64
    /// Bytes of the whole blob, when they are known.
    public var total: Int64?

    public init(_ layer: String, _ phase: Phase, completed: Int64 = 0, total: Int64? = nil) {
        self.layer = layer
        self.phase = phase
        self.completed = completed
        self.total = total
    }
}
