/// Joins the lines of a file to logical lines: comments dropped, continuations followed.
struct LineReader {
    private let source: DockerfileSource
    private let escape: Unicode.Scalar
    /// Index of the next line.
    private var next: Int

    init(source: DockerfileSource, directives: ParserDirectives) {
        self.source = source
        escape = directives.escape
        next = directives.lineCount
    }

    /// The text of one instruction, with the comments before it.
    struct LogicalLine {
        var text: LocatedText
        /// Comments above it, without their number sign.
        var comments: [String] = []
        /// Lines that are empty though they continue the instruction.
        var emptyLines: [Int] = []
        /// The first line of it that is not UTF-8.
        var damagedLine: Int?
    }

    /// The next logical line that is not empty.
    mutating func nextLine() -> LogicalLine? {
        var comments: [String] = []
        while next < source.lines.count {
            let line = source.lines[next].scalars
            let start = line.firstIndex { !$0.isWhitespace } ?? line.endIndex
            guard start < line.endIndex, line[start] != "#" else {
                if start < line.endIndex { note(line[(start + 1)...], in: &comments) }
                next += 1
                continue
            }
            return continued(from: start, comments: comments)
        }
        return nil
    }

    /// Stores a comment; an empty one separates it from the comments above.
    private func note(_ comment: ArraySlice<Unicode.Scalar>, in comments: inout [String]) {
        let text = String(scalars: comment.drop { $0.isWhitespace })
        if text.isEmpty { comments = [] } else { comments.append(text) }
    }

    private mutating func continued(from start: Int, comments: [String]) -> LogicalLine {
        var result = LogicalLine(text: LocatedText(source: source), comments: comments)
        var isComplete = append(from: start, to: &result)
        var pending: [Int] = []
        while !isComplete, next < source.lines.count {
            let line = source.lines[next].scalars
            guard let first = line.first(where: { !$0.isWhitespace }) else {
                pending.append(next + 1)
                next += 1
                continue
            }
            if first == "#" {
                next += 1
            } else {
                result.emptyLines += pending
                pending = []
                isComplete = append(from: 0, to: &result)
            }
        }
        result.emptyLines += pending
        return result
    }

    /// - Returns: Whether the line is the last one of its instruction.
    private mutating func append(from start: Int, to result: inout LogicalLine) -> Bool {
        let line = source.lines[next]
        let part = line.scalars[start...]
        let end = continuation(of: part)
        result.text.append(part[..<(end ?? part.endIndex)], at: Position(line: next + 1, column: start + 1))
        if !line.isUTF8, result.damagedLine == nil { result.damagedLine = next + 1 }
        next += 1
        return end == nil
    }

    /// Where the escape character is that ends the line: the last thing on it and not escaped itself.
    private func continuation(of line: ArraySlice<Unicode.Scalar>) -> Int? {
        guard let last = line.lastIndex(where: { $0 != " " && $0 != "\t" }), line[last] == escape else { return nil }
        return last > line.startIndex && line[last - 1] == escape ? nil : last
    }

    /// The lines of a here-document up to its terminator, which is read too.
    /// - Returns: `nil` when the file ends first.
    mutating func heredocBody(_ marker: HeredocMarker) -> (content: String, location: Location, isUTF8: Bool)? {
        var content = ""
        var isUTF8 = true
        let first = next
        while next < source.lines.count {
            let line = source.lines[next]
            next += 1
            let text = String(scalars: marker.stripsTabs ? line.scalars.drop { $0 == "\t" } : line.scalars[...])
            if text == marker.name {
                let end = Position(line: next, column: 1)
                let start = Position(line: first + 1, column: 1)
                return (content, Location(source: source, start: start, end: end), isUTF8)
            }
            isUTF8 = isUTF8 && line.isUTF8
            content += String(scalars: line.scalars) + line.ending
        }
        return nil
    }
}
