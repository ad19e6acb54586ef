/// A problem of a file as a compiler prints it: place, message, the line with a marker below it, the remedy.
package struct DiagnosticText: Sendable {
    /// The file as a person knows it.
    package var file: String
    /// One-based.
    package var line: Int
    /// One-based, in code points.
    package var column: Int
    /// Such as `error`; `nil` when the severity is obvious.
    package var severity: String?
    package var message: String
    package var excerpt: Excerpt
    /// The lines below the excerpt: the source of a value, the remedy.
    package var remarks: [String]

    package init(
        file: String, line: Int, column: Int, severity: String?, message: String, excerpt: Excerpt, remarks: [String]
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.message = message
        self.excerpt = excerpt
        self.remarks = remarks
    }

    /// Lines joined by line feeds, without one at the end. Control characters are replaced, so that printing cannot
    /// drive a terminal.
    package var text: String {
        let kind = severity.map { "\($0): " } ?? ""
        let lines =
            ["\(file):\(line):\(column): \(kind)\(message)".printable] + excerpt.lines(number: line)
            + remarks.map { "  \($0.printable)" }
        return lines.joined(separator: "\n")
    }
}
