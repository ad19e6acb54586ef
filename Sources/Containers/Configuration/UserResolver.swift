internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The ids that a container's program runs with.
package struct ResolvedUser: Hashable, Sendable {
    package var uid: UInt32
    package var gid: UInt32
    package var additionalGroups: [UInt32]
    package var home: String
    /// The login shell of the user's entry in /etc/passwd, if it has one.
    package var shell: String?

    package init(uid: UInt32, gid: UInt32, additionalGroups: [UInt32] = [], home: String = "/", shell: String? = nil) {
        self.uid = uid
        self.gid = gid
        self.additionalGroups = additionalGroups
        self.home = home
        self.shell = shell
    }

    package static let root = ResolvedUser(uid: 0, gid: 0, additionalGroups: [0], home: "/root")
}

/// Finds users and groups in /etc/passwd and /etc/group of a root file system.
package struct UserResolver: Sendable {
    private struct Account {
        var name: Substring
        var uid: UInt32
        var gid: UInt32
        var home: Substring
        var shell: Substring
    }

    private struct Group {
        var name: Substring
        var gid: UInt32
        var members: [Substring]
    }

    private let accounts: [Account]
    private let groups: [Group]

    /// Reads the account files below `rootfs` without ever leaving it; a file that is missing has no entries.
    package init(rootfs: FilePath) throws(ContainersError) {
        do throws(SystemError) {
            let root = try OwnedDescriptor.open(rootfs, O_RDONLY | O_DIRECTORY)
            self.init(
                passwd: try Self.read("etc/passwd", in: root), group: try Self.read("etc/group", in: root))
        } catch {
            throw ContainersError(
                .invalidUser, "Could not read the users of `\(rootfs)`: \(error.subject): \(error.errno).", cause: error
            )
        }
    }

    /// From the text of the two files; lines that do not parse are passed over, as login(1) does.
    package init(passwd: String, group: String) {
        accounts = passwd.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 7, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
            return Account(name: fields[0], uid: uid, gid: gid, home: fields[5], shell: fields[6])
        }
        groups = group.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, let gid = UInt32(fields[2]) else { return nil }
            return Group(name: fields[0], gid: gid, members: fields[3].split(separator: ","))
        }
    }

    /// Resolves `USER[:GROUP]`, names or numbers; an empty text is root.
    ///
    /// The supplementary groups are those that list the user, unless the text names a group, plus `additional`. The
    /// primary group is always one of them: a file could otherwise exclude the group and allow others.
    ///
    /// - Throws: `unknownUser` or `unknownGroup` for a name that the image does not contain.
    package func resolve(_ text: String, additional: [String] = []) throws(ContainersError) -> ResolvedUser {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let userText = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let groupText = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil

        let account =
            accounts.first { $0.name == userText }
            ?? UInt32(userText).flatMap { number in accounts.first { $0.uid == number } }
        guard let uid = account?.uid ?? UInt32(userText) else {
            throw ContainersError(
                .unknownUser,
                "The image has no user `\(userText)`. Its /etc/passwd has: \(Self.list(accounts.map(\.name))).")
        }
        var user = ResolvedUser(uid: uid, gid: account?.gid ?? 0)
        if let groupText { user.gid = try gid(groupText) }
        user.additionalGroups = [user.gid]
        if groupText == nil, let account {
            user.additionalGroups += groups.filter { $0.members.contains(account.name) }.map(\.gid)
        }
        for name in additional { user.additionalGroups.append(try gid(name[...])) }
        var seen: Set<UInt32> = []
        user.additionalGroups.removeAll { !seen.insert($0).inserted }
        if let account {
            if !account.home.isEmpty { user.home = String(account.home) }
            if !account.shell.isEmpty { user.shell = String(account.shell) }
        } else if uid == 0 {
            user.home = "/root"
        }
        return user
    }

    /// The names of all users.
    package var names: [String] { accounts.map { String($0.name) } }

    /// The name of the first user with an id.
    package func name(of uid: UInt32) -> String? { accounts.first { $0.uid == uid }.map { String($0.name) } }

    private func gid(_ text: Substring) throws(ContainersError) -> UInt32 {
        if let group = groups.first(where: { $0.name == text }) { return group.gid }
        if let number = UInt32(text) { return number }
        throw ContainersError(
            .unknownGroup, "The image has no group `\(text)`. Its /etc/group has: \(Self.list(groups.map(\.name))).")
    }

    private static func list(_ names: [Substring]) -> String {
        if names.isEmpty { return "no entries" }
        return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    }

    /// An image's file may be anything: only a regular one of sensible size is read.
    private static func read(_ path: String, in root: borrowing OwnedDescriptor) throws(SystemError) -> String {
        do throws(SystemError) {
            let file = try root.openBeneath(path, O_RDONLY | O_NONBLOCK)
            return String(decoding: try file.readRegular(path, limit: 16 << 20), as: UTF8.self)
        } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
            return ""
        }
    }
}
