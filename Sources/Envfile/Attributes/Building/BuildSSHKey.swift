/// A key or an agent that a build may use: an entry of `ssh` of a build.
package struct BuildSSHKey: Hashable, Sendable {
    /// The ID for `RUN --mount=type=ssh,id=…`; `default` without one.
    package var id: String
    /// The agent's socket or the key's file; `nil` for the agent of the user.
    package var path: String?

    package init(id: String, path: String? = nil) {
        self.id = id
        self.path = path
    }
}

extension BuildSSHKey {
    private static let expected = "`default` or `ID=PATH`"

    /// `ssh` of a build: a mapping, or a list of `default` and `ID=PATH`.
    static func decodedList(from cursor: Cursor) -> [BuildSSHKey] {
        var keys: [BuildSSHKey] = []
        if let entries = cursor.entries {
            for entry in entries {
                guard let text = entry.value.scalarText() else { continue }
                keys += key(id: entry.key.name, path: text, at: entry.value).map { [$0] } ?? []
            }
        } else if let items = cursor.items {
            for item in items {
                guard let text = item.string() else { continue }
                let (id, path) = KeyValue.split(text)
                keys += key(id: id, path: path, at: item).map { [$0] } ?? []
            }
        } else {
            let hint = cursor.stringValue.map { "write it as a list: `[\"\($0)\"]`" }
            cursor.mismatch("a mapping or a list of \(expected)", hint: hint)
        }
        return keys.sorted { $0.id < $1.id }
    }

    private static func key(id: String, path: String?, at cursor: Cursor) -> BuildSSHKey? {
        if let path, !path.isEmpty, !id.isEmpty {
            return HostPath.resolvedAsWritten(path, at: cursor).map { BuildSSHKey(id: id, path: $0) }
        }
        if id == "default" { return BuildSSHKey(id: id) }
        cursor.error("the ssh key `\(id)` has no path", expected: expected)
        return nil
    }

    /// `ID=PATH`, or the id alone.
    func rendered() -> Value {
        .string(path.map { "\(id)=\($0)" } ?? id)
    }
}
