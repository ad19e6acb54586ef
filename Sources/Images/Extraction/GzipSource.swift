internal import CArchive

/// Undoes gzip and compares every member with its checksum and length, which libarchive does not; RFC 1952.
///
/// The checksum costs as much as a third of the rest: this is for bytes of which no digest is known.
final class GzipSource: ByteSource {
    private let source: any ByteSource
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    /// Whether a member has begun and not ended.
    private var isInMember = false
    private var isEnded = false

    /// 15 is the largest window, 16 selects the header and the trailer of gzip; zlib.h.
    private static let windowBits: Int32 = 15 + 16

    init(_ source: any ByteSource) throws(ImageError) {
        self.source = source
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw ImageError(.invalidArchive, "Could not read \(source.subject): out of memory.")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    var subject: String { source.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let target = buffer.bindMemory(to: UInt8.self)
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(clamping: target.count)
        let room = stream.pointee.avail_out
        while stream.pointee.avail_out == room && !isEnded {
            if stream.pointee.avail_in == 0 { try refill() }
            guard !isEnded else { break }
            if !isInMember && !beginsMember { return try ignoreRest() }
            isInMember = true
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                isInMember = false
                inflateReset(stream)
            default:
                throw broken(stream.pointee.msg.map { String(cString: $0) } ?? "unknown reason")
            }
        }
        return Int(room - stream.pointee.avail_out)
    }

    private func refill() throws(ImageError) {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        guard count == 0 else { return }
        if isInMember { throw broken("it ends too early") }
        isEnded = true
    }

    /// What follows the last member and begins no other one is padding, as gzip(1) has it.
    private var beginsMember: Bool { stream.pointee.next_in?.pointee == 0x1f }

    private func ignoreRest() throws(ImageError) -> Int {
        try source.drain()
        isEnded = true
        return 0
    }

    private func broken(_ reason: String) -> ImageError {
        ImageError(.invalidArchive, "Could not read \(subject): its compression is broken (\(reason)).")
    }
}

/// Passes bytes on after a look at the first ones.
final class PeekedSource: ByteSource {
    let start: [UInt8]
    private let source: any ByteSource
    private var given = 0

    /// Reads `count` bytes ahead, fewer at the end.
    init(_ source: any ByteSource, _ count: Int) throws(ImageError) {
        self.source = source
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBufferPointer {
            (buffer: inout UnsafeMutableBufferPointer<UInt8>) throws(ImageError) in
            try source.read(filling: UnsafeMutableRawBufferPointer(buffer))
        }
        start = Array(bytes[..<filled])
    }

    var subject: String { source.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        guard given < start.count else { return try source.read(into: buffer) }
        let count = min(buffer.count, start.count - given)
        buffer.copyBytes(from: start[given..<given + count])
        given += count
        return count
    }
}
