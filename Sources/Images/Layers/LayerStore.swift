internal import CLinux
internal import Glibc
internal import LinuxSystem
public import OCI
public import SystemPackage

/// The unpacked layers on this machine: one directory each, named by diff id, shared by all images.
///
/// A layer is written under `ingest/` and renamed when it is complete and durable, so one that has its name is whole.
public struct LayerStore: Sendable {
    public let directory: FilePath
    public let limits: ExtractionLimits
    private let ingest: IngestDirectory

    /// Opens the store, made when missing; what dead processes left unfinished is removed.
    public init(_ directory: FilePath, limits: ExtractionLimits = ExtractionLimits()) throws(ImageError) {
        self.directory = directory
        self.limits = limits
        ingest = try attempting("open the layer store \(directory)") { () throws(SystemError) in
            let ingest = try IngestDirectory(directory.appending(StorePaths.ingest))
            try ingest.clear()
            return ingest
        }
    }

    /// Where a layer is or would be.
    public func directory(of diffID: Digest) -> FilePath {
        directory.appending(diffID.hex)
    }

    public func contains(_ diffID: Digest) -> Bool {
        Files.exists(directory(of: diffID))
    }

    /// Unpacks a blob of a layer in one pass: digest, diff id and files.
    ///
    /// - Throws: `ImageError`; `.digestMismatch` when the blob or its content is not what was expected. Nothing is
    ///   left then.
    public func unpack(
        blob: FilePath, digest: Digest, diffID: Digest, progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) {
        try unpack(FileSource(blob), LayerExpectation(digest: digest, diffID: diffID), progress: progress)
    }
}

/// What is known of a layer before it is read.
struct LayerExpectation {
    var digest: Digest?
    var size: Int64?
    var diffID: Digest?
}

/// Which bytes of a layer become its blob.
enum LayerCopy {
    case none
    /// As they come, compressed or not.
    case verbatim(BlobWriter)
    case uncompressed(BlobWriter)

    fileprivate var verbatimWriter: BlobWriter? { if case .verbatim(let writer) = self { writer } else { nil } }
    fileprivate var uncompressedWriter: BlobWriter? { if case .uncompressed(let writer) = self { writer } else { nil } }
}

/// A layer that was read.
struct UnpackedLayer: Sendable {
    /// Of the bytes that became, or already were, the blob.
    var digest: Digest
    var size: Int64
    var diffID: Digest
}

extension LayerStore {
    @discardableResult
    func unpack(
        _ source: any ByteSource, _ expectation: LayerExpectation, copy: LayerCopy = .none,
        progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) -> UnpackedLayer {
        let subject = source.subject
        let work = try attempting("unpack \(subject)") { () throws(SystemError) in
            let work = try ingest.begin()
            try Files.createDirectory(work.path.appending(StorePaths.ingestRoot))
            return work
        }
        let root = work.path.appending(StorePaths.ingestRoot)
        let layer = try withoutEscapingProgress(progress) { progress throws(ImageError) in
            try read(source, expectation, copy: copy, into: root, progress: progress)
        }
        if let digest = expectation.digest, layer.digest != digest {
            throw ImageError(
                .digestMismatch, "The content of \(subject) has the digest \(layer.digest) instead of \(digest).")
        }
        if let size = expectation.size, layer.size != size {
            throw ImageError(.digestMismatch, "\(subject) has \(layer.size) bytes instead of \(size).")
        }
        if let diffID = expectation.diffID, layer.diffID != diffID {
            throw ImageError(
                .digestMismatch,
                "The layer \(subject) has the diff id \(layer.diffID) instead of \(diffID), which the image's configuration says."
            )
        }
        try copy.verbatimWriter?.commit(expecting: expectation.digest)
        try copy.uncompressedWriter?.commit()
        try attempting("store the layer \(layer.diffID)") { () throws(SystemError) in
            try publish(root, as: layer.diffID)
        }
        return withExtendedLifetime(work) { layer }
    }

    private func read(
        _ source: any ByteSource, _ expectation: LayerExpectation, copy: LayerCopy, into root: FilePath,
        progress: @escaping (Int64) -> Void
    ) throws(ImageError) -> UnpackedLayer {
        let extractor = try LayerExtractor(into: root, limits: limits, subject: source.subject)
        let stored = HashingSource(source, expectation.digest?.algorithm ?? .sha256, copy: copy.verbatimWriter) {
            (count: Int64) throws(ImageError) in progress(count)
        }
        let plain = HashingSource(
            try DecompressedSource(stored), expectation.diffID?.algorithm ?? .sha256, copy: copy.uncompressedWriter
        ) { (count: Int64) throws(ImageError) in
            try extractor.check(uncompressed: count, compressed: stored.hasher.count)
        }
        try extractor.extract(ArchiveReader(plain, .tar))
        // What follows the end of the tar, or of the compressed stream, belongs to the digests all the same.
        try plain.drain()
        try stored.drain()
        let blob = copy.uncompressedWriter == nil ? stored.hasher : plain.hasher
        return UnpackedLayer(digest: try blob.finish(), size: blob.count, diffID: try plain.hasher.finish())
    }

    /// Lends a closure to the sources, which do not outlive the call.
    private func withoutEscapingProgress<Result>(
        _ progress: (Int64) -> Void, _ body: (@escaping (Int64) -> Void) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        var outcome: Swift.Result<Result, ImageError>?
        withoutActuallyEscaping(progress) { progress in
            do throws(ImageError) {
                outcome = .success(try body(progress))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw ImageError(.systemCall, "Could not unpack a layer.") }
        return try outcome.get()
    }

    /// Gives a finished layer its name; another process that was faster is as good.
    private func publish(_ root: FilePath, as diffID: Digest) throws(SystemError) {
        let target = directory(of: diffID)
        let opened = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        let fd = opened.rawValue
        try systemCall("syncfs", root.string) { cl_syncfs(fd) }
        do throws(SystemError) {
            try Files.rename(root, to: target)
        } catch  where error.errno == .directoryNotEmpty || error.errno == .fileExists {
            return
        }
        try Files.synchronizeDirectory(directory)
    }

    /// The diff ids' digits of all layers that are here.
    func names() throws(ImageError) -> [String] {
        try attempting("list \(directory)") { () throws(SystemError) in
            try Files.names(in: directory).filter { $0 != StorePaths.ingest }
        }
    }

    /// Removes a layer: first its name, then what was under it.
    func remove(_ name: String) throws(ImageError) {
        try attempting("remove the layer \(directory.appending(name))") { () throws(SystemError) in
            let work = try ingest.begin()
            try Files.rename(directory.appending(name), to: work.path.appending(StorePaths.ingestRoot))
            try Files.removeTree(work.path)
        }
    }
}
