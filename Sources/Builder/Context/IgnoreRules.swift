/// The excluded part of a context, as the caller reads it from `.dockerignore`.
///
/// Both functions take a path relative to the context, with slashes. Several threads call them at the same time.
package struct IgnoreRules: Sendable {
    /// Whether a path, or a directory above it, is excluded and not included again.
    package var excludes: @Sendable (_ path: String, _ isDirectory: Bool) -> Bool
    /// Whether a rule may include something below an excluded directory.
    package var mayBringBack: @Sendable (_ directory: String) -> Bool
    /// The text of the rules: while it is the same, the results of the last build are used.
    package var fingerprint: String

    package init(
        fingerprint: String, excludes: @escaping @Sendable (String, Bool) -> Bool,
        mayBringBack: @escaping @Sendable (String) -> Bool
    ) {
        self.fingerprint = fingerprint
        self.excludes = excludes
        self.mayBringBack = mayBringBack
    }

    /// Nothing is excluded.
    package static let none = IgnoreRules(fingerprint: "", excludes: { _, _ in false }, mayBringBack: { _ in false })

    var isEmpty: Bool { fingerprint.isEmpty }
}

extension IgnoreRules {
    /// The result of the rules for a path.
    enum Verdict: UInt8 {
        case included
        /// The directory is excluded, but something below it may not be.
        case excludedAlone
        case excluded
    }

    func verdict(_ path: TreePath, isDirectory: Bool) -> Verdict {
        if isEmpty { return .included }
        let text = path.description
        guard excludes(text, isDirectory) else { return .included }
        return isDirectory && mayBringBack(text) ? .excludedAlone : .excluded
    }
}

/// The language of patterns in sources and in `--exclude`, which the Dockerfile's reader knows.
package struct PatternLanguage: Sendable {
    /// Makes the test whether a name of one component matches a pattern, as Go's `filepath.Match` does; `nil` for an
    /// invalid pattern.
    package var component: @Sendable (_ pattern: String) -> (@Sendable (_ name: String) -> Bool)?
    /// Makes rules of patterns in the order that they were given, as of the lines of a `.dockerignore`; `nil` when one
    /// of them is no pattern.
    package var rules: @Sendable (_ patterns: [String]) -> IgnoreRules?

    package init(
        component: @escaping @Sendable (String) -> (@Sendable (String) -> Bool)?,
        rules: @escaping @Sendable ([String]) -> IgnoreRules?
    ) {
        self.component = component
        self.rules = rules
    }

    /// Whether a component contains wildcards.
    static func hasWildcards(_ component: some Collection<UInt8>) -> Bool {
        var isEscaped = false
        for byte in component {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[") {
                return true
            }
        }
        return false
    }
}
