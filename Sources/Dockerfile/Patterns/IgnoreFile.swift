/// The patterns of a `.dockerignore` file: what of the build context does not exist for the build.
///
/// Source: Dockerfile reference, ".dockerignore files".
package struct IgnoreFile: Sendable {
    private let rules: [Rule]

    private struct Rule: Sendable {
        let pattern: PathPattern
        /// Whether it includes again what earlier rules excluded (`!`).
        let isException: Bool
    }

    /// Nothing is ignored.
    package init() {
        rules = []
    }

    /// - Throws: `DockerfileError` with code `invalid` for every invalid pattern.
    package init(parsing source: DockerfileSource) throws(DockerfileError) {
        var diagnostics = DiagnosticList()
        var rules: [Rule] = []
        for (index, line) in source.lines.enumerated() where line.scalars.first != "#" {
            let text = Self.trimmed(line.scalars[...])
            guard let first = text.first else { continue }
            let isException = first == "!"
            let path = isException ? Self.trimmed(text.dropFirst()) : text
            guard !path.isEmpty, let pattern = PathPattern(Self.relative(String(scalars: path))) else {
                let what = path.isEmpty ? "nothing stands behind `!`" : "`\(String(scalars: path))` is no pattern"
                diagnostics.add(
                    Failure(
                        what, at: source.location(ofLine: index + 1),
                        hint: path.isEmpty ? nil : "write a backslash before a `[` that is meant as such"))
                continue
            }
            rules.append(Rule(pattern: pattern, isException: isException))
        }
        self.rules = rules
        try diagnostics.check(source.name)
    }

    private static func trimmed(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// Slashes at the ends, `.` and `..` do not count.
    private static func relative(_ pattern: String) -> String {
        let cleaned = SlashPath.clean(pattern)
        return cleaned.count > 1 && cleaned.hasPrefix("/") ? String(cleaned.dropFirst()) : cleaned
    }

    /// Whether nothing is ignored.
    package var isEmpty: Bool { rules.isEmpty }

    /// Whether there is a rule that includes files again.
    var hasExceptions: Bool { rules.contains(where: \.isException) }

    /// The state of a path, for the matches of its content.
    package struct Match: Hashable, Sendable {
        package let isIgnored: Bool
        fileprivate let matched: [Bool]
    }

    /// Whether a path is ignored: the last rule that matches it or a directory above it decides.
    ///
    /// - Parameters:
    ///   - path: Relative to the context, with slashes and without `.`.
    ///   - parent: The match of its directory; without it all directories above are matched.
    package func match(_ path: String, in parent: Match? = nil) -> Match {
        let above = parent == nil ? Self.directories(above: path) : []
        let matched = rules.enumerated().map { index, rule in
            parent?.matched[index] == true || rule.pattern.matches(path) || above.contains { rule.pattern.matches($0) }
        }
        let last = matched.lastIndex(of: true)
        return Match(isIgnored: last.map { !rules[$0].isException } ?? false, matched: matched)
    }

    /// Whether a path relative to the context is left out.
    package func isIgnored(_ path: String) -> Bool { match(path).isIgnored }

    /// Whether a rule with `!` may include a file of an ignored directory, so that a builder must read that directory.
    package func mayBringBack(below directory: String) -> Bool {
        rules.contains { $0.isException && $0.pattern.canMatch(below: directory) }
    }

    /// `a` and `a/b` for `a/b/c`.
    private static func directories(above path: String) -> [String] {
        path.indices.filter { path[$0] == "/" && $0 != path.startIndex }.map { String(path[..<$0]) }
    }
}
