/// A line that a step wrote, or a part of one.
///
/// All lines of a stream, one after the other and each with a line feed where `endsLine` says so, are exactly what was
/// written.
public struct OutputLine: Sendable, Hashable {
    public enum Stream: Sendable, Hashable {
        case standardOutput, standardError
    }

    public var stream: Stream
    /// Without the line feed; anything at all, a carriage return too.
    public var bytes: [UInt8]
    /// Whether a line feed followed. Not so at the end of a text without one, and where a long line is cut.
    public var endsLine: Bool

    public init(stream: Stream, bytes: [UInt8], endsLine: Bool = true) {
        self.stream = stream
        self.bytes = bytes
        self.endsLine = endsLine
    }

    /// As text, with a replacement character for what is none.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Cuts what comes from one stream into lines.
struct LineSplitter {
    /// A line that is longer comes in parts, so that one without an end does not fill the memory.
    static let longestPart = 64 * 1024

    let stream: OutputLine.Stream
    private var rest: [UInt8] = []

    init(_ stream: OutputLine.Stream) {
        self.stream = stream
    }

    /// Takes what was read and gives the lines that it completes.
    mutating func take(_ bytes: [UInt8]) -> [OutputLine] {
        var lines: [OutputLine] = []
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        while let piece = pieces.popFirst() {
            rest += piece
            if !pieces.isEmpty {
                lines.append(OutputLine(stream: stream, bytes: rest))
                rest = []
            }
        }
        if rest.count >= Self.longestPart { lines += finish() }
        return lines
    }

    /// What is left, at the end of the stream.
    mutating func finish() -> [OutputLine] {
        if rest.isEmpty { return [] }
        defer { rest = [] }
        return [OutputLine(stream: stream, bytes: rest, endsLine: false)]
    }
}

/// Keeps the last lines, for the message of a step that fails.
struct LastLines {
    static let limit = 20

    private(set) var lines: [OutputLine] = []

    mutating func add(_ line: OutputLine) {
        lines.append(line)
        if lines.count > Self.limit { lines.removeFirst() }
    }

    /// Indented for a message, each cut where it is too long to read.
    static func text(_ lines: [OutputLine]) -> String {
        lines.map { line in
            // Of a progress bar only what is seen at the end.
            let shown = line.text.split(separator: "\r").last ?? ""
            return "\n    " + (shown.count > 500 ? shown.prefix(500) + "…" : shown)
        }.joined()
    }
}
