/// A logical line: the text of one instruction without its line continuations, where every code point still knows its
/// place in the file.
struct LocatedText: Sendable {
    private(set) var scalars: [Unicode.Scalar] = []
    private let source: DockerfileSource
    private var pieces: [Piece] = []

    /// What one line of the file gave.
    private struct Piece {
        let start: Int
        let position: Position
    }

    init(source: DockerfileSource) {
        self.source = source
    }

    /// Appends a part of a line that begins at the position.
    mutating func append(_ part: some Collection<Unicode.Scalar>, at position: Position) {
        pieces.append(Piece(start: scalars.count, position: position))
        scalars.append(contentsOf: part)
    }

    func string(_ range: Range<Int>) -> String { String(scalars: scalars[range]) }

    func word(_ range: Range<Int>) -> Word { Word(text: string(range), location: location(range)) }

    func location(_ range: Range<Int>) -> Location {
        let start = position(at: range.lowerBound)
        guard !range.isEmpty else { return Location(source: source, start: start, end: start) }
        var end = position(at: range.upperBound - 1)
        end.column += 1
        return Location(source: source, start: start, end: end)
    }

    /// The place of one code point; of the end for the index behind the last one.
    private func position(at index: Int) -> Position {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= index { low = middle } else { high = middle }
        }
        guard let piece = pieces.indices.contains(low) ? pieces[low] : nil else { return Position(line: 1, column: 1) }
        return Position(line: piece.position.line, column: piece.position.column + index - piece.start)
    }
}

extension LocatedText {
    /// The range without white space at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, scalars[lower].isWhitespace { lower += 1 }
        while lower < upper, scalars[upper - 1].isWhitespace { upper -= 1 }
        return lower..<upper
    }

    /// The parts between blanks.
    /// - Parameter limit: At most so many, of which the last one is all the rest.
    func split(_ range: Range<Int>, limit: Int = .max) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            if scalars[index].isBlank, parts.count + 1 < limit {
                parts.append(start..<index)
                while index < range.upperBound, scalars[index].isBlank { index += 1 }
                start = index
            } else {
                index += 1
            }
        }
        if start < range.upperBound || parts.isEmpty { parts.append(start..<range.upperBound) }
        return parts
    }
}
