/// The header of one file in a tar.
struct TarEntry {
    enum Kind {
        case file(size: Int64)
        case directory
        case symbolicLink(target: [UInt8])
        /// A link to an earlier entry, by its name.
        case hardLink(target: [UInt8])
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
    }

    var name: [UInt8]
    var kind: Kind
    var mode: UInt32
    var user: UInt32 = 0
    var group: UInt32 = 0
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    var attributes: [(name: String, value: [UInt8])] = []
}

/// Writes a tar in the pax format, the same bytes for the same entries always; POSIX.1 pax "ustar" and "pax".
final class TarWriter {
    private let sink: any ByteSink
    private static let bufferSize = 1 << 18
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
    private var filled = 0

    init(_ sink: any ByteSink) {
        self.sink = sink
    }

    deinit {
        buffer.deallocate()
    }

    /// Writes an entry's headers. The data of a file follows by `writeData`, then `pad`.
    func write(_ entry: TarEntry) throws(ImageError) {
        var headers: [UInt8] = []
        TarEncoding.append(entry, to: &headers)
        try put(headers)
    }

    /// Writes a small file with its data.
    func write(_ entry: TarEntry, _ data: [UInt8]) throws(ImageError) {
        try write(entry)
        try put(data)
        try pad(Int64(data.count))
    }

    func writeData(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        if bytes.count > buffer.count - filled {
            try flush()
            if bytes.count >= buffer.count / 2 { return try sink.write(bytes) }
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: bytes)
        filled += bytes.count
    }

    /// Fills the last block of `size` bytes of data.
    func pad(_ size: Int64) throws(ImageError) {
        try put([UInt8](repeating: 0, count: TarEncoding.padding(after: size)))
    }

    /// Writes the two empty blocks at the end of a tar, and all buffered bytes.
    func finish() throws(ImageError) {
        try put([UInt8](repeating: 0, count: 2 * TarEncoding.block))
        try flush()
    }

    /// Writes encoded bytes.
    func put(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) in
            try writeData(UnsafeRawBufferPointer(bytes))
        }
    }

    private func flush() throws(ImageError) {
        try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        filled = 0
    }
}
