/// What the top level of a file says, before profiles and checks across services.
struct ProjectDraft {
    var services: [ServiceDraft] = []
    var networks: [Located<Network>] = []
    var volumes: [Located<Volume>] = []
}

extension ProjectDraft {
    /// Decodes the root of a document; `name` and `compat` have been read by then.
    static func decoded(from cursor: Cursor) -> ProjectDraft {
        var draft = ProjectDraft()
        table.decode(cursor, into: &draft)
        return draft
    }

    private static let table = AttributeTable<ProjectDraft>(
        [
            "name": { _, _ in },
            "version": { _, _ in },
            "services": { cursor, draft in
                for entry in cursor.mapping() ?? [] where checkName(of: entry, kind: "service") {
                    if let service = ServiceDraft.decoded(from: entry) { draft.services.append(service) }
                }
            },
            "networks": { cursor, draft in
                for entry in cursor.mapping() ?? [] where checkName(of: entry, kind: "network") {
                    draft.networks.append(entry.located(Network.decoded(named: entry.key.name, from: entry.value)))
                }
            },
            "volumes": { cursor, draft in
                for entry in cursor.mapping() ?? [] where checkName(of: entry, kind: "volume") {
                    draft.volumes.append(entry.located(Volume.decoded(named: entry.key.name, from: entry.value)))
                }
            },
        ],
        extras: ["compat": { _, _ in }],
        unsupported: ["configs", "include", "models", "secrets"],
        unsupportedExtras: ["requires", "post_up_message", "triggers"])

    private static func checkName(of entry: Cursor.Entry, kind: String) -> Bool {
        if ResourceName.isValid(entry.key.name) { return true }
        entry.keyError(
            "`\(entry.key.name)` is no valid \(kind) name",
            hint: "use letters, digits, `.`, `_` and `-`, and begin with a letter or digit")
        return false
    }
}

/// The form of the names of services, networks and volumes: `[a-zA-Z0-9][a-zA-Z0-9._-]*`.
enum ResourceName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, isAlphanumeric(first), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
