internal import Diagnostics

/// `idmap`: the owner of a bind mount's files in the container.
package enum MountIdentity: Hashable, Sendable {
    /// The user of `up` and the container's user are the same.
    case automatic
    /// As the kernel has it.
    case off
    case explicit(hostUser: UInt32, hostGroup: UInt32, user: UInt32, group: UInt32)
}

extension MountIdentity {
    /// `auto`, `off` or `HOSTUID:HOSTGID=UID:GID`.
    static func decoded(from cursor: Cursor) -> MountIdentity? {
        guard let text = cursor.string() else { return nil }
        switch text {
        case "auto": return .automatic
        case "off": return .off
        default: break
        }
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        let ids = sides.map { $0.split(separator: ":", omittingEmptySubsequences: false).map(identifier) }
        guard ids.map(\.count) == [2, 2], let hostUser = ids[0][0], let hostGroup = ids[0][1], let user = ids[1][0],
            let group = ids[1][1]
        else {
            cursor.error(
                "`\(text)` is no map of ids", expected: "`auto`, `off` or `HOSTUID:HOSTGID=UID:GID`",
                hint: Suggestion.hint(for: text, in: ["auto", "off"]))
            return nil
        }
        return .explicit(hostUser: hostUser, hostGroup: hostGroup, user: user, group: group)
    }

    /// An ID; the highest number is not valid.
    private static func identifier(_ text: Substring) -> UInt32? {
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let id = UInt32(text),
            id != UInt32.max
        else { return nil }
        return id
    }

    func rendered() -> Value {
        switch self {
        case .automatic: .string("auto")
        case .off: .string("off")
        case .explicit(let hostUser, let hostGroup, let user, let group):
            .string("\(hostUser):\(hostGroup)=\(user):\(group)")
        }
    }
}

extension Mount {
    /// In an Envfile the files of a folder of the host are the user's outside and the container's inside. A mount that is
    /// to pass on what is mounted below it stays as it is.
    mutating func setDefaultIdentity(_ dialect: Dialect) {
        guard dialect == .trice, case .bind = source, identity == nil, options.propagation == nil else { return }
        identity = .automatic
    }
}

/// Folders of a bind mount that live in managed volumes and not on the host: its `exclude`.
enum MountExclusion {
    /// Paths below the mount, without `.`, `..`, a slash at the end and doubles.
    static func decodedList(from cursor: Cursor) -> [String] {
        var seen: Set<String> = []
        return (cursor.strings() ?? []).compactMap { item in
            let parts = item.value.split(separator: "/").filter { $0 != "." }
            guard !item.value.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !item.value.utf8.contains(0) else {
                cursor.context.report.error(
                    "`\(item.value)` is no path below the mount", at: item.mark, path: item.path,
                    expected: "a relative path such as `node_modules`")
                return nil
            }
            let path = parts.joined(separator: "/")
            return seen.insert(path).inserted ? path : nil
        }
    }
}
