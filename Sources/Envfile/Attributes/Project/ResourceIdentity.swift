/// The name of a network, volume, secret or config outside of the file, and whether it is external.
package struct ResourceIdentity: Hashable, Sendable {
    /// The name given by hand; `nil` for one made from the key.
    package var customName: String?
    /// Whether it is there already and is neither made nor removed.
    package var isExternal: Bool

    package init(customName: String? = nil, isExternal: Bool = false) {
        self.customName = customName
        self.isExternal = isExternal
    }

    /// The name: an explicit one, else the key of an external resource, else `PROJECT_KEY`.
    package func name(key: String, project: String) -> String {
        customName ?? (isExternal ? key : "\(project)_\(key)")
    }
}

extension ResourceIdentity {
    /// Reads `name` and `external` of a mapping, and ignores its other keys.
    static func decoded(from cursor: Cursor) -> ResourceIdentity {
        var draft = Draft()
        for entry in cursor.entries ?? [] {
            switch entry.key.name {
            case "name": draft.name = entry.value.nonEmptyString()
            case "external": draft.decodeExternal(entry.value)
            default: continue
            }
        }
        if let old = draft.oldName, let name = draft.name, old.value != name {
            cursor.context.report.error(
                "\(cursor.path) is named both `\(name)` and `\(old.value)`", at: old.mark, path: old.path,
                hint: "keep `name:`, and write `external: true`")
        }
        return ResourceIdentity(customName: draft.name ?? draft.oldName?.value, isExternal: draft.isExternal)
    }

    private struct Draft {
        var name: String?
        var isExternal = false
        /// `external: { name: … }`, as it used to be written.
        var oldName: Located<String>?

        mutating func decodeExternal(_ cursor: Cursor) {
            if cursor.entries != nil {
                isExternal = true
                table.decode(cursor, into: &self)
            } else if cursor.scalar != nil {
                isExternal = cursor.bool() ?? false
            } else {
                cursor.mismatch("true or false")
            }
        }
    }

    private static let table = DecodingTable<Draft>([
        .init(
            "name",
            decode: { cursor, draft in
                draft.oldName = cursor.nonEmptyString().map(cursor.located)
                cursor.warning(
                    "`external.name` is an old form", hint: "write `name:` beside `external: true`")
            })
    ])

    static var keys: [AttributeKey] { table.keys }

    /// Reports the other entries of an external resource; an empty one is ignored.
    func checkNothingElse(in cursor: Cursor, report: (Cursor.Entry) -> Void) {
        guard isExternal else { return }
        for entry in cursor.entries ?? [] where !["name", "external"].contains(entry.key.name) {
            let isEmpty = entry.value.node.isNull || entry.value.entries?.isEmpty == true
            if !isEmpty, !entry.key.name.hasPrefix("x-") { report(entry) }
        }
    }

    /// Warns about entries without an effect for an external resource.
    func warnOfIgnored(in cursor: Cursor) {
        checkNothingElse(in: cursor) { entry in
            entry.keyWarning("`\(entry.key.name)` is ignored, because \(cursor.path) is external")
        }
    }
}
