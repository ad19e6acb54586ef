internal import Diagnostics

/// One problem of a Dockerfile: its place, its description and the remedy.
package struct DockerfileDiagnostic: Hashable, Sendable {
    /// Whether the build goes on.
    package enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    package var severity: Severity
    package var location: Location
    /// The check of a warning.
    package var check: Check?
    /// The problem, as one sentence without a capital or a full stop.
    package var message: String
    /// The remedy, such as ``did you mean `COPY`?``.
    package var hint: String?

    package init(
        severity: Severity, location: Location, check: Check? = nil, message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.location = location
        self.check = check
        self.message = message
        self.hint = hint
    }

    /// A warning at one place of the file.
    package static func warning(
        _ check: Check, _ message: String, at location: Location, hint: String? = nil
    ) -> DockerfileDiagnostic {
        DockerfileDiagnostic(severity: .warning, location: location, check: check, message: message, hint: hint)
    }

    /// Order by place, then errors before warnings, then the message.
    static func isOrderedBefore(_ left: DockerfileDiagnostic, _ right: DockerfileDiagnostic) -> Bool {
        if left.location.start != right.location.start { return left.location.start < right.location.start }
        if left.severity != right.severity { return left.severity == .error }
        return left.message < right.message
    }
}

extension DockerfileDiagnostic {
    /// The diagnostic in the form of a compiler's: place, message, the line with a marker below it, the remedy.
    ///
    /// - Parameter namesSeverity: Whether `error` or `warning` follows the place.
    /// - Returns: Lines joined by line feeds, without one at the end. Control characters of the file are replaced, so
    ///   that printing cannot control a terminal.
    package func text(namesSeverity: Bool = true) -> String {
        let start = location.start
        let line = location.source.text(ofLine: start.line)
        let end = location.end.line == start.line ? location.end.column : line.unicodeScalars.count + 1
        let rule = check.map { " [\($0.rawValue)]" } ?? ""
        return DiagnosticText(
            file: location.file, line: start.line, column: start.column,
            severity: namesSeverity ? severity.rawValue : nil, message: message + rule,
            excerpt: Excerpt(of: line, column: start.column, length: end - start.column),
            remarks: hint.map { [$0] } ?? []
        ).text
    }
}
