/// A place in a file.
package struct Position: Hashable, Comparable, Sendable {
    /// One-based.
    package var line: Int
    /// One-based, in code points; a byte order mark at the start of the file counts for nothing.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A range of a Dockerfile, from its first code point to the position after its last.
///
/// It contains the file's text, so that every location can show its line.
package struct Location: Sendable {
    package var source: DockerfileSource
    package var start: Position
    /// Behind the last code point; the same as `start` for nothing.
    package var end: Position

    package init(source: DockerfileSource, start: Position, end: Position) {
        self.source = source
        self.start = start
        self.end = end
    }

    /// The name of the file that the parser got.
    package var file: String { source.name }

    /// From the start of this one to the end of another one.
    func through(_ other: Location) -> Location {
        Location(source: source, start: start, end: max(end, other.end))
    }
}

extension Location: Hashable, CustomStringConvertible {
    package static func == (left: Location, right: Location) -> Bool {
        left.start == right.start && left.end == right.end && left.file == right.file
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(end)
    }

    /// Such as `Dockerfile:5:1`.
    package var description: String { "\(file):\(start.line):\(start.column)" }
}

/// A word of an instruction as written, with its place.
package struct Word: Hashable, Sendable {
    /// With its quotes and variables, unless it comes from a JSON array or a flag's name.
    package var text: String
    package var location: Location

    package init(text: String, location: Location) {
        self.text = text
        self.location = location
    }
}
