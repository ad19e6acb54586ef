internal import CLinux
internal import Glibc
internal import LinuxSystem

/// The attributes that a new file of this process gets in a directory; open(2).
struct FileCreation: Sendable {
    private let owner: FileOwner
    /// The bits of a mode that it does not get; umask(2).
    private let mask: UInt16
    /// Whether new files inherit the directory's group or an access list; acl(5).
    private let handsOn: Bool
    private static let processMask = ProcessFacts.creationMask

    init(in directory: Int32) throws(SystemError) {
        var info = stat()
        try systemCall("fstat", "a directory to copy into") { fstat(directory, &info) }
        owner = FileOwner(user: geteuid(), group: getegid())
        mask = UInt16(Self.processMask & 0o777)
        handsOn =
            info.st_mode & S_ISGID != 0 || fgetxattr(directory, "system.posix_acl_default", nil, 0) > 0
    }

    /// Whether a new file has the owner and the permissions at once.
    func gives(_ owner: FileOwner, _ permissions: UInt16) -> Bool {
        !handsOn && owner == self.owner && permissions & (mask | 0o7000) == 0
    }
}
