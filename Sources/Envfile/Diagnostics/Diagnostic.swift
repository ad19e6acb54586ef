/// One problem of an Envfile: its place, its description and the remedy.
package struct Diagnostic: Hashable, Sendable, Codable {
    /// Whether the file can be used in spite of it.
    package enum Severity: String, Hashable, Sendable, Codable {
        case error, warning
    }

    package var severity: Severity
    /// The file name that the loader got.
    package var file: String
    /// One-based.
    package var line: Int
    /// One-based, in code points.
    package var column: Int
    /// The number of marked code points of the line, at least 1.
    package var length: Int
    /// The place in the document, such as `services.web.ports[2]`; empty for the whole file.
    package var path: String
    package var message: String
    /// The expected value, such as `a list`.
    package var expected: String?
    /// The remedy, such as ``did you mean `ports`?``.
    package var hint: String?
    /// The line of the file that the problem is in.
    package var sourceLine: String
    /// The source of the value, when it is not written at that place.
    package var notes: [Note]
    /// For a warning that an attribute has no effect: the attribute.
    package var ignoredAttribute: String?

    package init(
        severity: Severity, file: String, line: Int, column: Int, length: Int = 1, path: String = "",
        message: String, expected: String? = nil, hint: String? = nil, sourceLine: String = "", notes: [Note] = [],
        ignoredAttribute: String? = nil
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
        self.ignoredAttribute = ignoredAttribute
    }

    /// One step of the way that a value came.
    package struct Note: Hashable, Sendable, Codable {
        /// Such as ``from variable `PORT`, set``; a place follows, when there is one.
        package var message: String
        package var file: String?
        package var line: Int?
        package var column: Int?

        package init(message: String, file: String? = nil, line: Int? = nil, column: Int? = nil) {
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
