/// A line of a step's output, or a part of one.
///
/// All lines of a stream, in order and each with a line feed if `endsLine` is set, are exactly the output.
package struct OutputLine: Sendable, Hashable {
    /// The descriptor of the step that the line came from.
    package enum Stream: Sendable, Hashable {
        case standardOutput, standardError
    }

    package var stream: Stream
    /// Without the line feed; anything at all, a carriage return too.
    package var bytes: [UInt8]
    /// Whether a line feed followed. It is false at the end of a text without one, and for a part of a long line.
    package var endsLine: Bool

    package init(stream: Stream, bytes: [UInt8], endsLine: Bool = true) {
        self.stream = stream
        self.bytes = bytes
        self.endsLine = endsLine
    }

    /// As text, with replacement characters for invalid bytes.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Divides the bytes of one stream into lines.
struct LineSplitter {
    /// A longer line is divided, so that a line without an end does not fill the memory.
    static let longestPart = 64 * 1024

    let stream: OutputLine.Stream
    private var rest: [UInt8] = []

    init(_ stream: OutputLine.Stream) {
        self.stream = stream
    }

    /// Takes bytes and returns the lines that they complete.
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

    /// The rest, at the end of the stream.
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

    /// Indented for a message; long lines are shortened.
    static func text(_ lines: [OutputLine]) -> String {
        lines.map { line in
            // Only the last state of a progress bar.
            let shown = line.text.split(separator: "\r").last ?? ""
            return "\n    " + (shown.count > 500 ? shown.prefix(500) + "…" : shown)
        }.joined()
    }
}
