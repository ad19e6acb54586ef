/// The bytes of one file and the starts of its lines, from which nodes get their places.
final class SourceFile: Sendable {
    let path: String
    /// The base of relative paths in the file; absolute.
    let directory: String
    /// The entry of `include` that includes the file.
    let inclusion: Mark?
    /// Valid UTF-8 without a byte order mark, unless `firstInvalidByte` is set.
    let bytes: [UInt8]
    private let lineStarts: [Int]
    /// The byte offset of every 64th code point; empty for ASCII, where both counts are one.
    private let checkpoints: [Int]

    private static let checkpointDistance = 64
    /// Longer lines than this, in bytes, are not quoted in diagnostics.
    private static let longestQuotedLine = 4096

    init(path: String, bytes: [UInt8], directory: String? = nil, inclusion: Mark? = nil) {
        self.path = path
        self.directory = directory ?? HostPath.parent(of: path)
        self.inclusion = inclusion
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.bytes = content
        let scan = Self.scanLines(content)
        lineStarts = scan.starts
        checkpoints = scan.isASCII ? [] : Self.scanCodePoints(content)
    }

    var isUTF16: Bool { bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) }

    /// The offset of the first byte that is not UTF-8, or `nil`.
    var firstInvalidByte: Int? {
        if checkpoints.isEmpty || String(validating: bytes, as: UTF8.self) != nil { return nil }
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error, .emptyInput: return offset
            }
        }
    }

    /// The mark of a place as libyaml counts it: zero-based line and column, and index from the start, in code points.
    func mark(index: Int, line: Int, column: Int, length: Int) -> Mark {
        Mark(file: self, line: line + 1, column: column + 1, offset: offset(ofCodePoint: index), length: length)
    }

    /// The mark of a byte offset.
    func mark(offset: Int, length: Int = 1) -> Mark {
        var low = 0
        var high = lineStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
        }
        let before = bytes[lineStarts[low]..<min(offset, bytes.count)]
        let column = before.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        return Mark(file: self, line: low + 1, column: column + 1, offset: offset, length: length)
    }

    /// The text of a one-based line without its line break; empty when it is too long to be quoted.
    func text(ofLine line: Int) -> String {
        guard line >= 1, line <= lineStarts.count else { return "" }
        let start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] : bytes.count
        while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard end - start <= Self.longestQuotedLine else { return "" }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private func offset(ofCodePoint index: Int) -> Int {
        if checkpoints.isEmpty { return min(index, bytes.count) }
        let checkpoint = min(index / Self.checkpointDistance, checkpoints.count - 1)
        var offset = checkpoints[checkpoint]
        var left = index - checkpoint * Self.checkpointDistance
        while left > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    private static func scanCodePoints(_ bytes: [UInt8]) -> [Int] {
        var checkpoints: [Int] = []
        var count = 0
        for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
            if count % checkpointDistance == 0 { checkpoints.append(offset) }
            count += 1
        }
        // Bytes that are no UTF-8 at all still need a place to count from.
        return checkpoints.isEmpty ? [0] : checkpoints
    }

    /// Line starts by the breaks that libyaml counts: LF, CR, CRLF, NEL, LS, PS.
    private static func scanLines(_ bytes: [UInt8]) -> (starts: [Int], isASCII: Bool) {
        var starts = [0]
        var isASCII = true
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte >= 0x80 {
                isASCII = false
                let rest = bytes[index...]
                if byte == 0xC2, rest.first == 0x85 {
                    index += 1
                } else if byte == 0xE2, rest.starts(with: [0x80, 0xA8]) || rest.starts(with: [0x80, 0xA9]) {
                    index += 2
                } else {
                    continue
                }
            } else if byte == UInt8(ascii: "\r") {
                if index < bytes.count, bytes[index] == UInt8(ascii: "\n") { index += 1 }
            } else if byte != UInt8(ascii: "\n") {
                continue
            }
            starts.append(index)
        }
        return (starts, isASCII)
    }
}

/// A place in a file.
struct Mark: Sendable {
    let file: SourceFile
    /// One-based.
    let line: Int
    /// One-based, in code points.
    let column: Int
    /// Zero-based, in bytes after a byte order mark.
    let offset: Int
    /// The number of code points of the line that belong to the node; at least 1.
    let length: Int
    /// The source of the value, and the value that it replaced.
    var origin: Origin?

    /// The same place without a length, for what concerns the whole file.
    var start: Mark { Mark(file: file, line: line, column: column, offset: offset, length: 1, origin: origin) }
}
