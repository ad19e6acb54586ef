internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The known facts of a layer before it is read.
struct LayerExpectation: Sendable {
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
}

/// A layer that was read.
struct UnpackedLayer: Sendable {
    /// Of the bytes that became, or already were, the blob.
    var digest: Digest
    var size: Int64
    var diffID: Digest
}

/// Reads one layer in one pass: digest, blob, decompression, diff id and files.
///
/// Three threads share the work, the caller's among them, with a channel of bounded size between each two. A small
/// layer is done before threads would have started: it has only the caller's.
struct LayerPipeline: Sendable {
    /// Where the files go.
    let root: FilePath
    let limits: ExtractionLimits
    let subject: String
    let expectation: LayerExpectation

    /// A source that is known to be smaller, in bytes, is read by one thread.
    static let threadingFloor: Int64 = 4 << 20

    /// The result for a layer: the blob is `nil` when no copy was requested.
    typealias Outcome = (layer: UnpackedLayer, blob: SealedBlob?)

    /// A stream that was read to its end.
    private struct Stream: Sendable {
        var digest: Digest
        var size: Int64
        var blob: SealedBlob?
    }

    /// Calls `progress` on the caller's thread with the number of bytes read from the source.
    func run(
        _ source: any ByteSource, copy: sending LayerCopy, progress: (Int64) -> Void
    ) throws(ImageError) -> Outcome {
        let stored: Stream
        let plain: Stream
        if let size = source.expectedSize, size < Self.threadingFloor {
            (stored, plain) = try runAlone(source, copy: copy, progress)
        } else {
            (stored, plain) = try runThreaded(source, copy: copy, progress)
        }
        let blob = plain.blob == nil ? stored : plain
        return (UnpackedLayer(digest: blob.digest, size: blob.size, diffID: plain.digest), blob.blob)
    }
}

// MARK: - Streams

extension LayerPipeline {
    private var blobAlgorithm: Digest.Algorithm { expectation.digest?.algorithm ?? .sha256 }
    private var diffAlgorithm: Digest.Algorithm { expectation.diffID?.algorithm ?? .sha256 }

    /// Ends the stream of the stored bytes: compares it with the expected digest and seals the copy.
    private func endStored(_ hasher: Digester, _ writer: BlobWriter?) throws(ImageError) -> Stream {
        let digest = hasher.digest
        if let expected = expectation.digest, digest != expected {
            throw ImageError(
                .digestMismatch, "The content of \(subject) has the digest \(digest) instead of \(expected).")
        }
        if let size = expectation.size, hasher.count != size {
            throw ImageError(.digestMismatch, "\(subject) has \(hasher.count) bytes instead of \(size).")
        }
        return Stream(digest: digest, size: hasher.count, blob: try writer?.seal())
    }

    private func endPlain(_ hasher: Digester, _ blob: SealedBlob?) throws(ImageError) -> Stream {
        let diffID = hasher.digest
        if let expected = expectation.diffID, diffID != expected {
            throw ImageError(
                .digestMismatch,
                "The layer \(subject) has the diff id \(diffID) instead of \(expected), which the image's configuration says."
            )
        }
        return Stream(digest: diffID, size: hasher.count, blob: blob)
    }

    /// A source that sends without end is not read for longer than it should be.
    private func check(stored count: Int64) throws(ImageError) {
        guard let size = expectation.size, count > size else { return }
        throw ImageError(.digestMismatch, "\(subject) has more than the \(size) bytes that it should have.")
    }

    private func plain(_ stored: any ByteSource) throws(ImageError) -> any ByteSource {
        try DecompressedSource.opening(stored, isVerified: expectation.digest != nil || expectation.diffID != nil)
    }

    private func extract(_ plain: any ByteSource) throws(ImageError) {
        // A user who has no namespaces cannot give files their owners, and the layer would stay without them.
        if geteuid() != 0, let problem = OutsideHost.problem {
            throw ImageError(.systemCall, "Could not unpack \(subject) with the owners of its files. \(problem)")
        }
        try LayerExtractor(into: root, limits: limits, subject: subject).extract(ArchiveReader(plain, .tar))
        // What follows the end of the tar belongs to the diff id all the same.
        try plain.drain()
    }
}

// MARK: - One thread

extension LayerPipeline {
    private func runAlone(
        _ source: any ByteSource, copy: LayerCopy, _ progress: (Int64) -> Void
    ) throws(ImageError) -> (Stream, Stream) {
        try withoutEscaping(progress) { progress throws(ImageError) in
            let stored = HashingSource(source, blobAlgorithm, copy: copy.verbatimWriter) {
                (count: Int64) throws(ImageError) in
                try check(stored: count)
                progress(count)
            }
            let plain = HashingSource(
                try plain(stored), diffAlgorithm, copy: copy.uncompressedWriter
            ) { (count: Int64) throws(ImageError) in
                try limits.check(uncompressed: count, compressed: stored.hasher.count, subject)
            }
            try extract(plain)
            try stored.drain()
            let end = try endStored(stored.hasher, copy.verbatimWriter)
            return (end, try endPlain(plain.hasher, copy.uncompressedWriter?.seal()))
        }
    }

    /// Passes a closure to the sources, which do not outlive the call.
    private func withoutEscaping<Result>(
        _ progress: (Int64) -> Void, _ body: (@escaping (Int64) -> Void) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        let outcome = withoutActuallyEscaping(progress) { progress in
            do throws(ImageError) {
                return Swift.Result<Result, ImageError>.success(try body(progress))
            } catch {
                return Swift.Result<Result, ImageError>.failure(error)
            }
        }
        return try outcome.get()
    }
}

extension LayerCopy {
    fileprivate var verbatimWriter: BlobWriter? { if case .verbatim(let writer) = self { writer } else { nil } }
    fileprivate var uncompressedWriter: BlobWriter? { if case .uncompressed(let writer) = self { writer } else { nil } }
}

// MARK: - Three threads

extension LayerPipeline {
    private func runThreaded(
        _ source: any ByteSource, copy: sending LayerCopy, _ progress: (Int64) -> Void
    ) throws(ImageError) -> (Stream, Stream) {
        let compressed = ByteChannel()
        let uncompressed = ByteChannel()
        switch copy {
        case .uncompressed(let writer):
            let decompression = startDecompression(compressed, uncompressed, copy: writer)
            return try run(source, compressed, copy: nil, decompression, uncompressed, progress)
        case .verbatim(let writer):
            let decompression = startDecompression(compressed, uncompressed, copy: nil)
            return try run(source, compressed, copy: writer, decompression, uncompressed, progress)
        case .none:
            let decompression = startDecompression(compressed, uncompressed, copy: nil)
            return try run(source, compressed, copy: nil, decompression, uncompressed, progress)
        }
    }

    private func run(
        _ source: any ByteSource, _ compressed: ByteChannel, copy: BlobWriter?, _ decompression: Stage<SealedBlob?>,
        _ uncompressed: ByteChannel, _ progress: (Int64) -> Void
    ) throws(ImageError) -> (Stream, Stream) {
        let extraction = Stage<Digester>("extract \(subject)") { () throws(ImageError) in
            try ChannelReader(uncompressed, subject: subject).read { (reader: ChannelReader) throws(ImageError) in
                let plain = HashingSource(reader, diffAlgorithm)
                try extract(plain)
                return plain.hasher
            }
        }
        let storing = read(source, into: compressed, copy: copy, progress)
        let extracted = extraction.join()
        let decompressed = decompression.join()
        // A failure reaches the later stages by itself; a failure of a later stage only repeats there.
        let hasher = try extracted.get()
        let blob = try decompressed.get()
        let stored = try storing.get()
        return (stored, try endPlain(hasher, blob))
    }

    /// The first stage: the bytes as they come.
    private func read(
        _ source: any ByteSource, into channel: ByteChannel, copy: BlobWriter?, _ progress: (Int64) -> Void
    ) -> Result<Stream, ImageError> {
        do throws(ImageError) {
            var hasher = Digester(blobAlgorithm)
            while try channel.fill({ (buffer: UnsafeMutableRawBufferPointer) throws(ImageError) in
                let count = try source.read(into: buffer)
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                hasher.update(bytes)
                try copy?.write(bytes)
                try check(stored: hasher.count)
                return count
            }) {
                progress(hasher.count)
            }
            let end = try endStored(hasher, copy)
            channel.finish()
            return .success(end)
        } catch {
            channel.fail(error)
            return .failure(error)
        }
    }

    /// The second stage: the bytes without their compression.
    private func startDecompression(
        _ compressed: ByteChannel, _ uncompressed: ByteChannel, copy: sending BlobWriter?
    ) -> Stage<SealedBlob?> {
        Stage("decompress \(subject)") { () throws(ImageError) in
            do throws(ImageError) {
                let blob = try ChannelReader(compressed, subject: subject).read {
                    (reader: ChannelReader) throws(ImageError) in
                    try decompress(CountingSource(reader), into: uncompressed, copy: copy)
                }
                uncompressed.finish()
                return blob
            } catch {
                uncompressed.fail(error)
                throw error
            }
        }
    }

    private func decompress(
        _ stored: CountingSource, into channel: ByteChannel, copy: BlobWriter?
    ) throws(ImageError) -> SealedBlob? {
        let plain = try plain(stored)
        var count: Int64 = 0
        while try channel.fill({ (buffer: UnsafeMutableRawBufferPointer) throws(ImageError) in
            let filled = try plain.read(filling: buffer)
            try copy?.write(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            count += Int64(filled)
            try limits.check(uncompressed: count, compressed: stored.count, subject)
            return filled
        }) {}
        // What follows the end of the compressed stream belongs to the digest all the same.
        try stored.drain()
        return try copy?.seal()
    }
}
