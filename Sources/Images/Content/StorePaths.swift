internal import OCI
internal import SystemPackage

/// Every name that this module makes in the state directory.
struct StorePaths: Sendable {
    /// The state directory itself.
    let directory: FilePath

    /// An OCI image layout.
    var content: FilePath { directory.appending("content") }
    /// One unpacked layer each, named by the hexadecimal digits of its diff id.
    var layers: FilePath { directory.appending("layers") }
    /// Beside `layers`: copies of layers with exchanged owners, `USER-GROUP/` for each kept identity; see `ExchangedLayers`.
    static let exchanged = "exchanged"
    /// One lock per reference that is being ensured, named by the digest of its text.
    var locks: FilePath { directory.appending("locks") }
    /// Held shared by processes that add content, exclusively by a process that collects garbage.
    var collectionLock: FilePath { locks.appending("collection") }

    /// Unfinished work, in `content` and in `layers`: `ingest/NAME`, and `ingest/NAME.lock`, which its process holds.
    static let ingest = "ingest"
    /// In an ingest of `layers`: what becomes the layer.
    static let ingestRoot = "root"

    /// In `layers`: one record for each publication that may not be on the disk yet, and their lock.
    static let unsynced = "unsettled"
    static let unsyncedLock = "lock"

    /// image-spec image-layout.md.
    static let layoutMarker = "oci-layout"
    static let index = "index.json"
    static let blobs = "blobs"
    /// Beside `index.json`: held while it is replaced.
    static let indexLock = "index.lock"
}
