internal import LinuxSystem

/// Compresses with gzip; the same input always gives the same bytes; RFC 1952.
///
/// The input is divided into pieces of one size, each a separate member, as the format allows, so that all processors
/// compress; their number does not change the result.
final class GzipSink: ByteSink {
    static let pieceSize = 1 << 20
    private static let piecesAtOnce = 8

    private let next: any ByteSink
    private let level: Int
    private var pieces: [[UInt8]] = []
    private var isEmpty = true

    /// `level` is from 1, fast, to 9, small.
    init(_ next: any ByteSink, level: Int) {
        self.next = next
        self.level = min(max(level, 1), 9)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if pieces.last.map({ $0.count == Self.pieceSize }) ?? true {
                if pieces.count == Self.piecesAtOnce { try flush() }
                pieces.append([])
                pieces[pieces.count - 1].reserveCapacity(Self.pieceSize)
            }
            let part = rest.prefix(Self.pieceSize - pieces[pieces.count - 1].count)
            pieces[pieces.count - 1] += part
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes the remaining bytes; no call may follow.
    func finish() throws(ImageError) {
        if isEmpty && pieces.isEmpty { pieces.append([]) }
        try flush()
    }

    private func flush() throws(ImageError) {
        let level = level
        let members = try inParallel(pieces) { (piece: [UInt8]) throws(ImageError) -> [UInt8] in
            try Gzip.compress(piece, level: level)
        }
        pieces = []
        isEmpty = false
        for member in members { try next.write(member) }
    }
}
