internal import Dockerfile

/// A list of patterns in the language of `.dockerignore`, for the paths below a directory.
package struct WatchPatterns: Sendable {
    /// Absolute, without a slash at its end.
    private let root: String
    private let patterns: IgnoreFile

    /// - Parameters:
    ///   - lines: the patterns in their order; `!` takes an earlier one back.
    ///   - name: the place of the patterns, for messages.
    /// - Throws: `WatchError` with every invalid pattern.
    package init(_ lines: [String], below root: String, named name: String) throws(WatchError) {
        try self.init(text: lines.joined(separator: "\n"), below: root, named: name)
    }

    /// - Parameter text: the content of a `.dockerignore`.
    package init(text: String, below root: String, named name: String) throws(WatchError) {
        self.root = root
        do throws(DockerfileError) {
            patterns = try IgnoreFile(parsing: DockerfileSource(name: name, text: text))
        } catch {
            throw WatchError("Could not read the patterns of \(name): \(error)")
        }
    }

    /// Whether no path can match.
    package var isEmpty: Bool { patterns.isEmpty }

    /// Whether a path or a directory above it matches; what is not below the root does not.
    package func matches(_ path: String) -> Bool {
        if patterns.isEmpty { return false }
        guard let relative = path.relative(to: root), !relative.isEmpty else { return false }
        return patterns.isIgnored(relative)
    }

    /// Whether nothing of a matching directory can be taken back by a later pattern.
    func coversAll(of directory: String) -> Bool {
        guard matches(directory), let relative = directory.relative(to: root) else { return false }
        return !patterns.mayBringBack(below: relative)
    }
}

/// Files that editors, git and the Go tools make for a moment: no watch is about them.
enum TransientFiles {
    /// Whether a name says so. The patterns are those of Compose, with `.git` at every depth.
    static func contains(_ name: Substring) -> Bool {
        if name == ".git" || name == ".idea" || name == "4913" { return true }
        if name.hasSuffix("~") || name.hasPrefix(".#") || (name.hasPrefix("#") && name.hasSuffix("#")) { return true }
        if name.hasSuffix("___jb_old___") || name.hasSuffix("___jb_tmp___") || name.hasSuffix("-go-tmp-umask") {
            return true
        }
        return name.hasPrefix(".") && [".swp", ".swx", ".swo", ".swn", ".kate-swp"].contains { name.hasSuffix($0) }
    }
}

extension String {
    /// The rest of a path below a directory; empty for the directory itself, `nil` for a path elsewhere.
    func relative(to directory: String) -> String? {
        if self == directory { return "" }
        let beginning = directory.hasSuffix("/") ? directory : directory + "/"
        guard utf8.starts(with: beginning.utf8) else { return nil }
        return String(dropFirst(beginning.count))
    }

    /// A path below a directory.
    func child(_ name: String) -> String { hasSuffix("/") ? self + name : "\(self)/\(name)" }
}
