/// A place in a file.
public struct Position: Hashable, Comparable, Sendable {
    /// One-based.
    public var line: Int
    /// One-based, in code points; a byte order mark at the start of the file counts for nothing.
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A range of a Dockerfile, from its first code point to the position after its last.
///
/// It contains the file's text, so that every location can show its line.
public struct Location: Sendable {
    public var source: DockerfileSource
    public var start: Position
    /// Behind the last code point; the same as `start` for nothing.
    public var end: Position

    public init(source: DockerfileSource, start: Position, end: Position) {
        self.source = source
        self.start = start
        self.end = end
    }

    /// The name of the file that the parser got.
    public var file: String { source.name }

    /// From the start of this one to the end of another one.
    func through(_ other: Location) -> Location {
        Location(source: source, start: start, end: max(end, other.end))
    }
}

extension Location: Hashable, CustomStringConvertible {
    public static func == (left: Location, right: Location) -> Bool {
        left.start == right.start && left.end == right.end && left.file == right.file
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(end)
    }

    /// Such as `Dockerfile:5:1`.
    public var description: String { "\(file):\(start.line):\(start.column)" }
}

/// A word of an instruction as written, with its place.
public struct Word: Hashable, Sendable {
    /// With its quotes and variables, unless it comes from a JSON array or a flag's name.
    public var text: String
    public var location: Location

    public init(text: String, location: Location) {
        self.text = text
        self.location = location
    }
}
