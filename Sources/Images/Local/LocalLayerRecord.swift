package import OCI

/// The record of a layer that was made on this machine.
package struct LocalLayerRecord: Sendable, Hashable, Codable {
    package let name: LayerName
    /// Of all files together, in bytes; a file with several names counts once; `nil` before the first measurement.
    package var size: Int64?
    /// Files, directories, links, devices and whiteouts, without the layer's root; `nil` before the first measurement.
    package var entryCount: Int?
    /// Seconds since 1970.
    package var createdAt: Int64
    /// `nil` until the layer is packed for the first time.
    package var packed: Packed?

    /// The packed form of the layer.
    package struct Packed: Sendable, Hashable, Codable {
        /// The digest of the tar.
        package var diffID: Digest
        /// The tar as it lies in the content store, compressed or not.
        package var blob: Descriptor

        package init(diffID: Digest, blob: Descriptor) {
            self.diffID = diffID
            self.blob = blob
        }
    }

    package init(
        name: LayerName, size: Int64? = nil, entryCount: Int? = nil, createdAt: Int64, packed: Packed? = nil
    ) {
        self.name = name
        self.size = size
        self.entryCount = entryCount
        self.createdAt = createdAt
        self.packed = packed
    }
}
