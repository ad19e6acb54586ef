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

    /// The lowest free range in texts of such files.
    package static func free(in texts: [String]) -> IdentityRange {
        let ends = texts.flatMap { $0.split(separator: "\n") }.compactMap { line -> UInt32? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]) else { return nil }
            let (end, overflows) = first.addingReportingOverflow(count)
            return overflows ? nil : end
        }
        return IdentityRange(first: max(100_000, ends.max() ?? 0), count: needed + 1)
    }

    /// The line of another owner of a part of this range in the text of such a file; `nil` for none.
    package func sharer(in text: String, besides owners: [String]) -> String? {
        let own = UInt64(first)..<UInt64(first) + UInt64(count)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, !owners.contains(String(fields[0])), let first = UInt64(fields[1]),
                let count = UInt64(fields[2]), first <= UInt32.max, count <= UInt32.max
            else { continue }
            if own.overlaps(first..<first + count) { return String(line) }
        }
        return nil
    }

    /// The options of usermod(8) that give a user this range.
    package var options: String {
        let numbers = "\(first)-\(UInt64(first) + UInt64(count) - 1)"
        return "--add-subuids \(numbers) --add-subgids \(numbers)"
    }

    /// The files with the ranges of all users; what cannot be read has none.
    private static var texts: [String] { ["/etc/subuid", "/etc/subgid"].map { ((try? Files.text($0)) ?? nil) ?? "" } }

    /// The lowest range that neither /etc/subuid nor /etc/subgid has given to a user.
    package static var free: IdentityRange { free(in: texts) }

    /// The line of another user in /etc/subuid or /etc/subgid who has a part of the range of the calling process's user.
    package static var shared: String? {
        let owners = [name(of: getuid()), "\(getuid())"].compactMap(\.self)
        for text in texts {
            guard let range = largest(in: text, of: owners) else { continue }
            if let sharer = range.sharer(in: text, besides: owners) { return sharer }
        }
        return nil
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
                + "`sudo usermod \(free.options) \(name)`.")
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
