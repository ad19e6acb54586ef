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
        geteuid() == 0 ? SudoCaller(EnvironmentVariables.current) : nil
    }

    /// The caller that SUDO_UID and SUDO_GID name; the user of this process does not matter.
    package init?(_ variables: [String: String]) {
        guard let user = variables["SUDO_UID"].flatMap({ UInt32($0) }), user != 0,
            let group = variables["SUDO_GID"].flatMap({ UInt32($0) })
        else { return nil }
        (self.user, self.group) = (user, group)
    }

    /// What comes before the words of a command that is to run as the caller; setpriv(1).
    package var prefix: [String] { ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--init-groups", "--"] }

    /// Gives an open file that root has just made to the caller; fchown(2).
    package func own(_ descriptor: borrowing OwnedDescriptor, _ name: String) throws(SystemError) {
        let fd = descriptor.rawValue
        try systemCall("fchown", name) { fchown(fd, user, group) }
    }

    /// Has a file that root writes for a user belong to that user: to the owner of the file that it replaces, a new one to
    /// who called sudo.
    package static func giveToUser(
        _ file: borrowing OwnedDescriptor, replacing path: FilePath
    ) throws(SystemError) {
        guard geteuid() == 0 else { return }
        if let known = try Files.status(path) {
            let fd = file.rawValue
            try systemCall("fchown", path.string) { fchown(fd, known.owner, known.group) }
        } else if let caller = current {
            try caller.own(file, path.string)
        }
    }
}

extension Files {
    /// Writes a file for the user piece by piece, under another name until it is whole; where that fails there is nothing of it.
    ///
    /// - Parameter body: gets the open descriptor, which stays open.
    package static func writeWhole(_ path: FilePath, _ body: (Int32) throws -> Void) throws {
        let unfinished = FilePath("\(path).\(getpid()).unfinished")
        do {
            let file = try OwnedDescriptor.open(unfinished, O_WRONLY | O_CREAT | O_EXCL)
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
}
