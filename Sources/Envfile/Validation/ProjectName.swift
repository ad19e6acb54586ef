internal import Vocabulary

/// The name of a project, in the form `[a-z0-9][a-z0-9_-]*`.
package enum ProjectName {
    static let expected =
        "lowercase letters, digits, `_` and `-`, beginning with a letter or digit, "
        + "at most \(EnvironmentID.longestProjectName)"

    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, isStart(first), name.utf8.count <= EnvironmentID.longestProjectName else {
            return false
        }
        return name.utf8.allSatisfy { isStart($0) || isMark($0) }
    }

    /// A directory's name made into a project's: lowercase, other characters dropped, shortened to the most that a name
    /// has; `nil` when nothing is left.
    static func normalised(_ text: String) -> String? {
        let bytes = text.lowercased().utf8.filter { isStart($0) || isMark($0) }.drop(while: isMark)
            .prefix(EnvironmentID.longestProjectName)
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The name of a project in this directory that has no other; `nil` for a directory that gives none.
    package static func ofDirectory(_ directory: String) -> String? {
        normalised(HostPath.lastComponent(of: directory))
    }

    /// Rules on the name: the one given, else `COMPOSE_PROJECT_NAME`, else `name:` in the file, else the project
    /// directory's.
    ///
    /// - Returns: The name, or `nil` when it is not valid, which is reported.
    static func decide(
        written: Cursor?, given: String?, environment: String?, directory: String, root: Mark,
        report: DiagnosticCollector
    ) -> String? {
        let variable = environment.flatMap { $0.isEmpty ? nil : $0 }
        if let outside = given ?? variable {
            if isValid(outside) { return outside }
            let source = given == nil ? " of COMPOSE_PROJECT_NAME" : ""
            report.error(
                "`\(outside)`\(source) is no valid project name", at: root, path: .root, expected: expected,
                hint: hint(for: outside))
            return nil
        }
        if let written {
            guard let text = written.string() else { return nil }
            if isValid(text) { return text }
            written.error("`\(text)` is no valid project name", expected: expected, hint: hint(for: text))
            return nil
        }
        if let name = ofDirectory(directory) { return name }
        report.error(
            "the directory `\(directory)` gives the project no name", at: root, path: .root, expected: expected,
            hint: "add `name:` at the top of the file")
        return nil
    }

    private static func hint(for text: String) -> String? {
        normalised(text).map { "`\($0)` would be one" }
    }

    private static func isStart(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    private static func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") }
}
