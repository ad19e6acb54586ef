internal import CLinux
internal import Glibc
internal import LinuxSystem
package import OCI
internal import SystemPackage

/// A new blob of the store: hashed while it is written, and not in the store before `commit`.
///
/// A writer that ends without `commit` leaves no file.
package final class BlobWriter {
    private let store: ContentStore
    private let ingest: LockedDirectory
    private let path: FilePath
    private let file: OwnedDescriptor
    private var hasher: Digester
    /// How many bytes are on their way to the disk already.
    private var writtenBack: Int64 = 0

    /// So many bytes at once are sent to the disk while the next ones come, so that `seal` has little to wait for.
    private static let writebackStep: Int64 = 8 << 20

    init(_ store: ContentStore, _ ingest: LockedDirectory, _ algorithm: Digest.Algorithm) throws(SystemError) {
        self.store = store
        self.ingest = ingest
        path = ingest.path.appending("blob")
        file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
        hasher = Digester(algorithm)
    }

    /// How many bytes have been written.
    package var size: Int64 { hasher.count }

    /// Appends bytes and adds them to the digest.
    package func write(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(ImageError) in
            try write(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Appends bytes and adds them to the digest.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
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
        let ahead = hasher.count - writtenBack
        if ahead >= Self.writebackStep {
            // Only a hint; `seal` syncs the file and reports failures.
            _ = cl_start_writeback(fd, writtenBack, ahead)
            writtenBack = hasher.count
        }
    }

    /// Publishes the blob, durably; an equal blob in the store is not an error.
    ///
    /// - Throws: `.digestMismatch` when the content is not the expected one; the store does not change then.
    @discardableResult
    package func commit(expecting digest: Digest? = nil, size: Int64? = nil) throws(ImageError) -> Digest {
        let blob = try seal(expecting: digest, size: size)
        try blob.publish()
        return blob.digest
    }

    /// Checks the blob and makes its bytes durable; `SealedBlob.publish` gives it its name.
    ///
    /// - Throws: `.digestMismatch` when the content is not the expected one.
    func seal(expecting digest: Digest? = nil, size: Int64? = nil) throws(ImageError) -> SealedBlob {
        if let size, hasher.count != size {
            throw ImageError(
                .digestMismatch, "The blob \(digest?.description ?? "") has \(hasher.count) bytes instead of \(size).")
        }
        let computed = hasher.digest
        if let digest, computed != digest {
            throw ImageError(.digestMismatch, "The content of the blob \(digest) has the digest \(computed).")
        }
        let fd = file.rawValue
        try attempting("store the blob \(computed)") { () throws(SystemError) in
            try systemCall("fsync", path.string) { fsync(fd) }
        }
        return SealedBlob(store: store, ingest: ingest, path: path, digest: computed, size: hasher.count)
    }
}

/// A complete and durable blob without a name; without `publish` it is removed.
struct SealedBlob: Sendable {
    fileprivate let store: ContentStore
    /// Keeps the file.
    fileprivate let ingest: LockedDirectory
    fileprivate let path: FilePath
    let digest: Digest
    /// In bytes.
    let size: Int64

    /// Publishes the blob; an equal blob in the store is not an error.
    func publish() throws(ImageError) {
        let target = store.path(of: digest)
        try attempting("store the blob \(digest)") { () throws(SystemError) in
            if try Files.status(target)?.size == size { return }
            try Files.createDirectory(target.removingLastComponent(), mode: 0o700)
            try Files.rename(path, to: target)
            try Files.synchronizeDirectory(target.removingLastComponent())
        }
    }
}
