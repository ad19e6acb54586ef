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
