internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// User or group IDs that a user may map into a user namespace; subuid(5), subgid(5).
package struct IdentityRange: Hashable, Sendable {
    /// The lowest ID of the range, as the host counts.
    package var first: UInt32
    package var count: UInt32

    /// How many IDs images need at least: the user `nobody` of an image is 65534, and 0 is the user.
    package static let needed: UInt32 = 65535

    /// The largest range of a user in the text of such a file; `nil` for none.
    ///
    /// - Parameter owners: the user's name and ID, either of which a line may begin with.
    package static func largest(in text: String, of owners: [String]) -> IdentityRange? {
        let ranges = text.split(separator: "\n").compactMap { line -> IdentityRange? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, owners.contains(String(fields[0])), let first = UInt32(fields[1]),
                let count = UInt32(fields[2]), count > 0
            else { return nil }
            return IdentityRange(first: first, count: count)
        }
        return ranges.max { $0.count < $1.count }
    }

    /// The range of the calling process's user.
    ///
    /// - Throws: `.noIdentities` with the command that adds one.
    package static func ofUser(in path: FilePath) throws(RootlessError) -> IdentityRange {
        let user = getuid()
        let name = Self.name(of: user) ?? "\(user)"
        let text = ((try? Files.text(path)) ?? nil) ?? ""
        if let range = largest(in: text, of: [name, "\(user)"]), range.count >= needed { return range }
        throw RootlessError(
            .noIdentities,
            "The user `\(name)` has no range of \(needed + 1) IDs in `\(path)`, from which containers get theirs. Add one: "
                + "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(name)`. "
                + "Choose numbers that no other line of the file has.")
    }

    /// The name of a user in /etc/passwd; a user of a directory service is in the files by number.
    private static func name(of user: UInt32) -> String? {
        let text = ((try? Files.text("/etc/passwd")) ?? nil) ?? ""
        let line = text.split(separator: "\n").first { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            return fields.count > 2 && fields[2] == "\(user)"
        }
        return line.map { String($0.prefix { $0 != ":" }) }
    }
}
