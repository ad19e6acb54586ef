internal import Glibc
internal import LinuxSystem
public import OCI
internal import SystemPackage

/// A blob on its way into the store: hashed while it is written, and not there before `commit`.
///
/// A writer that goes without `commit` leaves nothing.
public final class BlobWriter {
    private let store: ContentStore
    private let ingest: Ingest
    private let path: FilePath
    private let file: OwnedDescriptor
    private var hasher: ContentHasher

    init(_ store: ContentStore, _ ingest: Ingest, _ algorithm: Digest.Algorithm) throws(SystemError) {
        self.store = store
        self.ingest = ingest
        path = ingest.path.appending("blob")
        file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
        hasher = ContentHasher(algorithm)
    }

    /// How many bytes have been written.
    public var size: Int64 { hasher.count }

    public func write(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(ImageError) in
            try write(UnsafeRawBufferPointer(buffer))
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        let fd = file.rawValue
        let shown = store.directory
        try attempting("write a blob to \(shown)") { () throws(SystemError) in
            var written = 0
            while written < bytes.count {
                written += try systemCall("write", shown.string) {
                    Glibc.write(fd, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                }
            }
        }
        hasher.update(bytes)
    }

    /// Puts the blob in its place, durably; one that is there already is as good.
    ///
    /// - Throws: `.digestMismatch` when the content is not what was expected; nothing is stored then.
    @discardableResult
    public func commit(expecting digest: Digest? = nil, size: Int64? = nil) throws(ImageError) -> Digest {
        if let size, hasher.count != size {
            throw ImageError(
                .digestMismatch, "The blob \(digest?.description ?? "") has \(hasher.count) bytes instead of \(size).")
        }
        let computed = try hasher.finish()
        if let digest, computed != digest {
            throw ImageError(.digestMismatch, "The content of the blob \(digest) has the digest \(computed).")
        }
        let target = store.path(of: computed)
        try attempting("store the blob \(computed)") { () throws(SystemError) in
            if try Files.status(target)?.size == hasher.count { return }
            let fd = file.rawValue
            try systemCall("fsync", path.string) { fsync(fd) }
            try Files.createDirectory(target.removingLastComponent())
            try Files.rename(path, to: target)
            try Files.synchronizeDirectory(target.removingLastComponent())
        }
        return computed
    }
}
