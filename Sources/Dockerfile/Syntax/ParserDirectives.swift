/// The directives in the comments at the top of a Dockerfile.
///
/// Source: Dockerfile reference, "Parser directives".
package struct ParserDirectives: Hashable, Sendable {
    /// The frontend of the file; it has no effect here.
    package internal(set) var syntax: String?
    /// What escapes and what continues a line: a backslash or a backquote.
    package internal(set) var escape: Unicode.Scalar = "\\"
    /// The value of the `check` directive.
    package internal(set) var checks = CheckOptions()
    /// How many lines at the top they take.
    var lineCount = 0

    /// Reads them up to the first other line.
    static func read(_ source: DockerfileSource, _ diagnostics: inout DiagnosticList) -> ParserDirectives {
        var directives = ParserDirectives()
        var seen: Set<String> = []
        for (index, line) in source.lines.enumerated() {
            guard let (name, value) = assignment(inComment: line.scalars) else { break }
            guard ["syntax", "escape", "check"].contains(name) else { break }
            let location = source.location(ofLine: index + 1)
            directives.lineCount = index + 1
            guard seen.insert(name).inserted else {
                diagnostics.add(Failure("there is a second `\(name)` directive", at: location, hint: "remove one"))
                continue
            }
            directives.set(name, value, at: location, &diagnostics)
        }
        diagnostics.options = directives.checks
        return directives
    }

    private mutating func set(
        _ name: String, _ value: String, at location: Location, _ diagnostics: inout DiagnosticList
    ) {
        switch name {
        case "syntax": syntax = value
        case "escape":
            guard value == "\\" || value == "`", let scalar = value.unicodeScalars.first else {
                return diagnostics.add(
                    Failure("`\(value)` cannot be the escape character", at: location, hint: "write `\\` or `` ` ``"))
            }
            escape = scalar
        default:
            guard let options = CheckOptions(parsing: value) else {
                return diagnostics.add(
                    Failure(
                        "the `check` directive cannot be read", at: location,
                        hint: "write `skip=NAME,NAME` or `error=true`, or both with `;` between"))
            }
            checks = options
        }
    }

    /// Name and value of `# name = value`; the name in lower case.
    static func assignment(inComment line: [Unicode.Scalar]) -> (name: String, value: String)? {
        let trimmed = line.drop { $0.isWhitespace }
        guard trimmed.first == "#" else { return nil }
        return assignment(trimmed.dropFirst())
    }

    /// Name and value of `name = value`; the name in lower case.
    static func assignment(_ text: ArraySlice<Unicode.Scalar>) -> (name: String, value: String)? {
        let start = text.drop { $0.isWhitespace }
        let name = start.prefix { $0.isASCII && ($0.properties.isAlphabetic || $0.isASCIIDigit) }
        guard let first = name.first, !first.isASCIIDigit else { return nil }
        let equals = start[name.endIndex...].drop { $0.isWhitespace }
        guard equals.first == "=" else { return nil }
        var value = equals.dropFirst().drop { $0.isWhitespace }
        while value.last?.isWhitespace == true { value.removeLast() }
        return value.isEmpty ? nil : (String(scalars: name).lowercased(), String(scalars: value))
    }
}
