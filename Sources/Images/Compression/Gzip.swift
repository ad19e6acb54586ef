internal import CArchive

/// The gzip format by zlib; RFC 1952. `GzipSink` compresses with it, `GzipSource` decompresses.
///
/// libarchive also decompresses gzip, faster because it skips the checksums: for content whose digest is known.
enum Gzip {
    /// The first two bytes of every member.
    static let magic: [UInt8] = [0x1f, 0x8b]
    /// 15 is the largest window, 16 selects the header and the trailer of gzip; zlib.h.
    static let windowBits: Int32 = 15 + 16
    /// zlib's default; zlib.h.
    private static let memoryLevel: Int32 = 8
    /// Where the header has a hint about the level (XFL).
    private static let levelHint = 8

    /// One member without a name and a time.
    ///
    /// - Parameter level: from 1, fast, to 9, small.
    static func compress(_ bytes: [UInt8], level: Int) throws(ImageError) -> [UInt8] {
        var stream = z_stream()
        let begun = deflateInit2_(
            &stream, Int32(level), Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { throw ImageError(.invalidArchive, "Could not compress a layer: out of memory.") }
        defer { deflateEnd(&stream) }
        var input = bytes
        let room = Int(deflateBound(&stream, UInt(bytes.count)))
        var result = Z_OK
        var output = [UInt8](unsafeUninitializedCapacity: room) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                result = deflate(&stream, Z_FINISH)
            }
            count = Int(stream.total_out)
        }
        guard result == Z_STREAM_END else {
            throw ImageError(.invalidArchive, "Could not compress a layer: zlib answers \(result).")
        }
        output[levelHint] = 0
        return output
    }
}
