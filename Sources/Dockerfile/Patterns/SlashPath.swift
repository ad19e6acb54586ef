/// Paths as text, with slashes, as in Go's `path` package. Nothing here looks at a file system.
package enum SlashPath {
    /// The shortest equivalent path; `.` for an empty one. `..` cannot leave the root of an absolute path.
    package static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.last.map({ $0 != ".." }) == true {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }

    /// A path inside a directory, cleaned; an absolute path is returned without the directory.
    package static func join(_ directory: String, _ path: String) -> String {
        clean(path.hasPrefix("/") ? path : "\(directory)/\(path)")
    }

    /// Behind the last slash; `/` for the root, `.` for nothing.
    static func lastComponent(_ path: String) -> String {
        let cleaned = clean(path)
        return cleaned == "/" ? cleaned : String(cleaned.split(separator: "/").last ?? ".")
    }
}
