internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The directories at the root of what Trice keeps: only their owner may look into them or change them.
enum PrivateDirectory {
    /// The `call` of the error for a directory that another user controls.
    static let check: String = "check"
    /// As whose an owner shows that a user namespace does not know, such as the host's root in a container;
    /// `/proc/sys/fs/overflowuid`.
    private static let overflow: UInt32 = 65534

    /// Whether another user than root could exchange the directory, now or once it is made: one above it is theirs, or is one
    /// in which everyone may rename.
    ///
    /// - Throws: EPERM of `check` with the directory that is not safe.
    static func checkAncestors(of path: FilePath) throws(SystemError) {
        var current = path
        // The longest part that is there, with links resolved.
        while current.resolved() == nil, !current.removingLastComponent().isEmpty, current != "/" {
            current = current.removingLastComponent()
        }
        guard var place = current.resolved() else { return }
        let trusted = [0, geteuid(), SudoCaller.current?.user ?? 0, overflow]
        while true {
            if let info = try Files.status(place) {
                let isForeign = !trusted.contains(info.owner)
                // In a directory with the sticky bit only owners rename what is theirs.
                let isOpen = info.mode & 0o002 != 0 && info.mode & 0o1000 == 0
                if isForeign || isOpen { throw SystemError(check, place.string, .notPermitted) }
            }
            if place == "/" { return }
            place = place.removingLastComponent()
        }
    }

    /// Whether files there may have attributes that a user sets, which overlays of a user need; overlayfs.rst, "userxattr".
    static func hasUserAttributes(_ directory: FilePath) -> Bool {
        let name = "user.trice.probe"
        guard setxattr(directory.string, name, "", 0, 0) == 0 else { return Errno(rawValue: errno) != .notSupported }
        removexattr(directory.string, name)
        return true
    }

    /// Takes the rights of other users away from a directory that is there.
    ///
    /// In a directory that every user can write to, such as `/tmp`, another user may have made the name first.
    ///
    /// - Throws: EPERM of `check` for a link in such a place, and for a directory of another user.
    static func secure(_ path: FilePath) throws(SystemError) {
        let parent = path.removingLastComponent()
        let isShared = try Files.status(parent.isEmpty ? "." : parent, followingLinks: true).map {
            $0.mode & 0o022 != 0
        }
        // Opened once, so that what is checked is what is changed.
        let opened: OwnedDescriptor
        do throws(SystemError) {
            opened = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | (isShared ?? true ? O_NOFOLLOW : 0))
        } catch  where error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
            throw SystemError(check, path.string, .notPermitted)
        }
        var info = stat()
        let fd = opened.rawValue
        try systemCall("fstat", path.string) { fstat(fd, &info) }
        guard info.st_uid == geteuid() else { throw SystemError(check, path.string, .notPermitted) }
        guard info.st_mode & 0o077 != 0 else { return }
        try systemCall("fchmod", path.string) { fchmod(fd, 0o700) }
        _ = consume opened
    }
}
