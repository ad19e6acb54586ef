/// One problem of an Envfile: its place, its description and the remedy.
public struct Diagnostic: Hashable, Sendable, Codable {
    public enum Severity: String, Hashable, Sendable, Codable {
        case error, warning
    }

    public var severity: Severity
    /// The file name that the loader got.
    public var file: String
    /// One-based.
    public var line: Int
    /// One-based, in code points.
    public var column: Int
    /// The number of marked code points of the line, at least 1.
    public var length: Int
    /// The place in the document, such as `services.web.ports[2]`; empty for the whole file.
    public var path: String
    public var message: String
    /// The expected value, such as `a list`.
    public var expected: String?
    /// The remedy, such as ``did you mean `ports`?``.
    public var hint: String?
    /// The line of the file that the problem is in.
    public var sourceLine: String
    /// The source of the value, when it is not written at that place.
    public var notes: [Note]

    public init(
        severity: Severity, file: String, line: Int, column: Int, length: Int = 1, path: String = "",
        message: String, expected: String? = nil, hint: String? = nil, sourceLine: String = "", notes: [Note] = []
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.length = length
        self.path = path
        self.message = message
        self.expected = expected
        self.hint = hint
        self.sourceLine = sourceLine
        self.notes = notes
    }

    /// One step of the way that a value came.
    public struct Note: Hashable, Sendable, Codable {
        /// Such as ``from variable `PORT`, set``; a place follows, when there is one.
        public var message: String
        public var file: String?
        public var line: Int?
        public var column: Int?

        public init(message: String, file: String? = nil, line: Int? = nil, column: Int? = nil) {
            self.message = message
            self.file = file
            self.line = line
            self.column = column
        }

        init(_ message: String, at mark: Mark? = nil) {
            self.init(message: message, file: mark?.file.path, line: mark?.line, column: mark?.column)
        }
    }
}

extension Diagnostic {
    /// Order by place: file, line, column, then errors before warnings, then the message.
    static func isOrderedBefore(_ left: Diagnostic, _ right: Diagnostic) -> Bool {
        if left.file != right.file { return left.file < right.file }
        if left.line != right.line { return left.line < right.line }
        if left.column != right.column { return left.column < right.column }
        if left.severity != right.severity { return left.severity == .error }
        return (left.message, left.path) < (right.message, right.path)
    }
}
