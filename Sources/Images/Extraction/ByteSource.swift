internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// A sequence of bytes that can be read once.
protocol ByteSource: AnyObject {
    /// The name of the bytes in messages.
    var subject: String { get }

    /// The total number of bytes, when it is known before reading.
    var expectedSize: Int64? { get }

    /// Fills the buffer from its start; 0 is the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
}

extension ByteSource {
    var expectedSize: Int64? { nil }

    /// Reads until the buffer is full; less than that is the end.
    func read(filling buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Reads the remaining bytes and drops them.
    func drain() throws(ImageError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while try read(into: buffer) > 0 {}
    }
}

/// The bytes of an open file.
final class FileSource: ByteSource {
    let subject: String
    private let file: OwnedDescriptor

    /// Opens a regular file. Another one, such as a FIFO or `/dev/zero`, could block for ever or never end.
    ///
    /// - Parameter subject: the name in messages, instead of the path.
    init(_ path: FilePath, subject: String? = nil) throws(ImageError) {
        let subject = subject ?? path.string
        self.subject = subject
        do throws(SystemError) {
            file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            try file.requireRegular(subject)
        } catch  where error.call == OwnedDescriptor.regularCheck {
            throw ImageError(
                .systemCall,
                "Could not read `\(subject)`: it is not a regular file. Write what it has into a file first.",
                cause: error)
        } catch {
            throw ImageError("read \(subject)", error)
        }
    }

    init(_ file: consuming OwnedDescriptor, subject: String) {
        self.file = file
        self.subject = subject
    }

    /// `nil` when the file is not regular, such as a pipe.
    var expectedSize: Int64? {
        var info = stat()
        guard fstat(file.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(info.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let fd = file.rawValue
        return try attempting("read \(subject)") { () throws(SystemError) in
            try systemCall("read", subject) { Glibc.read(fd, buffer.baseAddress, buffer.count) }
        }
    }
}

/// Passes bytes on, hashing and counting them, and writes them to a blob when there is one.
final class HashingSource: ByteSource {
    private let source: any ByteSource
    private let copy: BlobWriter?
    private(set) var hasher: Digester
    /// Receives the number of bytes read so far after every read.
    private let onProgress: (Int64) throws(ImageError) -> Void

    init(
        _ source: any ByteSource, _ algorithm: Digest.Algorithm = .sha256, copy: BlobWriter? = nil,
        onProgress: @escaping (Int64) throws(ImageError) -> Void = { (_: Int64) throws(ImageError) in }
    ) {
        self.source = source
        self.copy = copy
        self.onProgress = onProgress
        hasher = Digester(algorithm)
    }

    var subject: String { source.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let count = try source.read(into: buffer)
        guard count > 0 else { return count }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        hasher.update(bytes)
        try copy?.write(bytes)
        try onProgress(hasher.count)
        return count
    }
}

/// Passes bytes on and counts them.
final class CountingSource: ByteSource {
    private let source: any ByteSource
    private(set) var count: Int64 = 0

    init(_ source: any ByteSource) {
        self.source = source
    }

    var subject: String { source.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let count = try source.read(into: buffer)
        self.count += Int64(count)
        return count
    }
}

/// Decompresses gzip, zstd, xz and bzip2; uncompressed bytes pass unchanged.
final class DecompressedSource: ByteSource {
    private let archive: ArchiveReader
    private var isBegun = false
    private var isEnded = false
    private var rest: UnsafeRawBufferPointer?

    init(_ source: any ByteSource) throws(ImageError) {
        archive = try ArchiveReader(source, .compressedBytes)
    }

    /// A source for the plain bytes; `isVerified` means that the caller compares a digest.
    static func opening(_ source: any ByteSource, isVerified: Bool) throws(ImageError) -> any ByteSource {
        if isVerified { return try DecompressedSource(source) }
        let peeked = try PeekedSource(source, 2)
        return peeked.start == Gzip.magic ? try GzipSource(peeked) : try DecompressedSource(peeked)
    }

    var subject: String { archive.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        if !isBegun {
            isBegun = true
            isEnded = try archive.next() == nil
        }
        while true {
            if let piece = rest, !piece.isEmpty {
                let count = min(piece.count, buffer.count)
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[..<count]))
                rest = UnsafeRawBufferPointer(rebasing: piece[count...])
                return count
            }
            guard !isEnded else { return 0 }
            // Valid until the next call, which comes only after this piece is used.
            if let block = try archive.nextBlock() {
                rest = block.bytes
            } else {
                isEnded = true
            }
        }
    }
}
