/// A problem of a file as a compiler prints it: place, message, the line with a marker below it, the remedy.
public struct DiagnosticText: Sendable {
    /// The file as a person knows it.
    public var file: String
    /// One-based.
    public var line: Int
    /// One-based, in code points.
    public var column: Int
    /// Such as `error`; `nil` when the severity is obvious.
    public var severity: String?
    public var message: String
    public var excerpt: Excerpt
    /// The lines below the excerpt: the source of a value, the remedy.
    public var remarks: [String]

    public init(
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
    public var text: String {
        let kind = severity.map { "\($0): " } ?? ""
        let lines =
            ["\(file):\(line):\(column): \(kind)\(message)".printable] + excerpt.lines(number: line)
            + remarks.map { "  \($0.printable)" }
        return lines.joined(separator: "\n")
    }
}
