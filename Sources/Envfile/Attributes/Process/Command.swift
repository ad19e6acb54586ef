extension CommandOverride {
    /// `command` and `entrypoint`: nothing, a string of shell words, or a list of strings.
    static func decoded(from cursor: Cursor) -> CommandOverride {
        if cursor.node.isNull { return .image }
        if let items = cursor.items {
            return .replaced(items.compactMap { $0.string() })
        }
        guard let text = cursor.stringValue else {
            cursor.mismatch("a string or a list of strings")
            return .image
        }
        do throws(ShellWords.Problem) {
            let line = try ShellWords.split(text)
            if let rest = line.rest {
                cursor.warning(
                    "\(cursor.path) is no shell command: all from `\(rest.prefix(1))` on is dropped",
                    hint: "write a list for a shell: `[sh, -c, \"…\"]`")
            }
            return .replaced(line.words)
        } catch {
            cursor.error("\(cursor.path) cannot be split into words: \(error.message)")
            return .image
        }
    }
}

extension CommandOverride {
    /// `null` for the image's own.
    func rendered() -> Value {
        guard case .replaced(let words) = self else { return .null }
        return .list(words.map { .string($0) })
    }
}
