/// Host paths, resolved by their text alone: no link is followed and nothing is asked of the file system.
enum HostPath {
    /// Whether the source of a short mount means a path and not the name of a volume.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") || text.hasPrefix(".") || text.hasPrefix("~")
    }

    /// `text` against the project directory; `nil` (reported) for a home directory that is not known.
    static func resolved(_ text: String, at cursor: Cursor) -> String? {
        guard !text.utf8.contains(0) else {
            cursor.error("\(cursor.path) names a path with a zero byte in it")
            return nil
        }
        guard cursor.context.resolvesPaths else { return text }
        guard text.hasPrefix("~") else {
            return absolute(text, in: cursor.context.projectDirectory)
        }
        guard text == "~" || text.hasPrefix("~/") else {
            cursor.error(
                "the home directory of another user in `\(text)` cannot be resolved", hint: "write the path out")
            return nil
        }
        guard let home = cursor.context.variables.process["HOME"], home.hasPrefix("/") else {
            cursor.error("`~` cannot be resolved because HOME is not set")
            return nil
        }
        return absolute(String(text.dropFirst(text == "~" ? 1 : 2)), in: home)
    }

    /// An absolute path without `.`, `..`, empty components and a trailing slash; `..` at the root stays there.
    static func absolute(_ text: String, in directory: String) -> String {
        var components: [Substring] = []
        let whole = text.hasPrefix("/") ? text : directory + "/" + text
        for component in whole.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        return "/" + components.joined(separator: "/")
    }

    static func parent(of path: String) -> String {
        absolute("..", in: path)
    }

    static func lastComponent(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }
}
