/// One problem of a Dockerfile: where it is, what is wrong and how to mend it.
public struct DockerfileDiagnostic: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    public var severity: Severity
    public var location: Location
    /// What it is about, for a warning.
    public var check: Check?
    /// What is wrong, as one sentence without a capital or a full stop.
    public var message: String
    /// The remedy, such as ``did you mean `COPY`?``.
    public var hint: String?

    public init(
        severity: Severity, location: Location, check: Check? = nil, message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.location = location
        self.check = check
        self.message = message
        self.hint = hint
    }

    public static func warning(
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
    /// The diagnostic as a compiler prints it: place, message, the line with a marker below it, the remedy.
    ///
    /// - Parameter namesSeverity: Whether it says `error` or `warning` behind the place.
    /// - Returns: Lines joined by line feeds, without one at the end. Control characters of the file are replaced,
    ///   so that printing cannot drive a terminal.
    public func text(namesSeverity: Bool = true) -> String {
        let rule = check.map { " [\($0.rawValue)]" } ?? ""
        let kind = namesSeverity ? "\(severity.rawValue): " : ""
        var lines = [Self.printable("\(location): \(kind)\(message)\(rule)")]
        let number = String(location.start.line)
        let excerpt = self.excerpt()
        if !excerpt.line.isEmpty {
            lines.append("  \(number) | \(excerpt.line)")
            lines.append("  \(String(repeating: " ", count: number.count)) | \(excerpt.marker)")
        }
        if let hint { lines.append("  \(Self.printable(hint))") }
        return lines.joined(separator: "\n")
    }

    /// The part of the source line around the column, and the marker for below it.
    private func excerpt() -> (line: String, marker: String) {
        let width = 120
        let scalars = Array(location.source.text(ofLine: location.start.line).unicodeScalars)
        let column = min(location.start.column - 1, scalars.count)
        let first = column >= width ? column - width / 2 : 0
        let last = min(scalars.count, first + width)
        var line = first > 0 ? "…" : ""
        var marker = first > 0 ? " " : ""
        for scalar in scalars[first..<last] { line.unicodeScalars.append(Self.printable(scalar)) }
        if last < scalars.count { line += "…" }
        for scalar in scalars[first..<min(column, last)] { marker += scalar == "\t" ? "\t" : " " }
        let end = location.end.line == location.start.line ? location.end.column - 1 : scalars.count
        marker += "^" + String(repeating: "~", count: max(0, min(end, last) - column - 1))
        return (line, marker)
    }

    private static func printable(_ text: String) -> String {
        String(scalars: text.unicodeScalars.map(printable))
    }

    /// Controls and what turns the direction of writing are replaced.
    private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x09: scalar
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: "\u{FFFD}"
        default: scalar
        }
    }
}
