internal import Glibc
package import SystemPackage

/// The user who called sudo(8), for whom root acts: what root makes for them belongs to them.
package struct SudoCaller: Hashable, Sendable {
    /// The numeric user, never 0.
    package let user: UInt32
    /// The numeric group.
    package let group: UInt32

    /// The user who called sudo, by SUDO_UID and SUDO_GID; `nil` when this process is not root's, or root called sudo.
    package static var current: SudoCaller? {
        func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return geteuid() == 0 ? SudoCaller(user: value("SUDO_UID"), group: value("SUDO_GID")) : nil
    }

    /// The caller that SUDO_UID and SUDO_GID name; the user of this process does not matter.
    package init?(_ variables: [String: String]) {
        self.init(user: variables["SUDO_UID"], group: variables["SUDO_GID"])
    }

    private init?(user: String?, group: String?) {
        guard let user = user.flatMap({ UInt32($0) }), user != 0, let group = group.flatMap({ UInt32($0) }) else {
            return nil
        }
        (self.user, self.group) = (user, group)
    }

    /// What comes before the words of a command that is to run as the caller; setpriv(1).
    package var prefix: [String] { ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--init-groups", "--"] }

    /// Gives an open file that root has just made to the caller.
    package func own(_ descriptor: Int32, _ name: String) throws(SystemError) {
        try Self.give(descriptor, name, to: user, group)
    }

    /// Gives a file that root writes for a user to that user: to the owner of the file that it replaces, a new file to the
    /// user who called sudo.
    package static func giveToUser(
        _ file: borrowing OwnedDescriptor, replacing path: FilePath
    ) throws(SystemError) {
        guard geteuid() == 0 else { return }
        if let known = try Files.status(path) {
            try give(file.rawValue, path.string, to: known.owner, known.group)
        } else if let caller = current {
            try caller.own(file.rawValue, path.string)
        }
    }

    /// Changes the owner; fchown(2). A file system that stores no owners, or that belongs to another machine's root, refuses:
    /// the file keeps the owner that it has there.
    private static func give(
        _ descriptor: Int32, _ name: String, to user: UInt32, _ group: UInt32
    ) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("fchown", name) { fchown(descriptor, user, group) }
        } catch  where error.errno == .notPermitted {
            return
        }
    }
}

extension Files {
    /// Writes a file for the user piece by piece, under another name until it is whole; where that fails there is nothing of it.
    /// A FIFO or a device is written to, and stays: `/dev/stdout` is no file to replace.
    ///
    /// - Parameters:
    ///   - mode: that of the new file, from its first moment; the umask takes from it.
    ///   - body: gets the open descriptor, which stays open.
    package static func writeWhole(
        _ path: FilePath, mode: UInt32 = 0o644, _ body: (Int32) throws -> Void
    ) throws {
        if try isStream(path) {
            let file = try OwnedDescriptor.open(path, O_WRONLY)
            return try body(file.rawValue)
        }
        let unfinished = FilePath("\(path).\(getpid()).unfinished")
        do {
            let file = try OwnedDescriptor.open(unfinished, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            try SudoCaller.giveToUser(file, replacing: path)
            try body(file.rawValue)
            _ = consume file
            try rename(unfinished, to: path)
        } catch {
            // The failure that is thrown says more than that of the clean-up after it.
            _ = try? remove(unfinished)
            throw error
        }
    }

    /// Whether a path is a FIFO, a device or a link of the kernel to an open file, such as `/dev/stdout`.
    private static func isStream(_ path: FilePath) throws -> Bool {
        guard let kind = try status(path, followingLinks: true)?.kind else { return false }
        if kind != .regular, kind != .directory { return true }
        return try (path.starts(with: "/dev") || path.starts(with: "/proc")) && status(path)?.kind == .symbolicLink
    }
}
