import Glibc

/// A file that keeps some space of a disk, to be given up when the disk is full.
///
/// SQLite needs space even to read (the index of its log) and to delete records (the log). Without a reserve the very
/// commands that free space could not work on a full disk.
struct DiskReserve: Sendable {
    /// Enough for the index of the log and the records of many removals.
    static let size: off_t = 512 << 10

    let path: String

    init(besideFile path: String) {
        self.path = path + ".reserve"
    }

    /// Makes the reserve where it is missing. A disk without space for it has none; the next command tries again.
    func keep() {
        if access(path, F_OK) == 0 { return }
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        if posix_fallocate(file, 0, Self.size) != 0 { unlink(path) }
        close(file)
    }

    /// Gives the space back to the disk; `false` where no space is reserved.
    func give() -> Bool { unlink(path) == 0 }
}
