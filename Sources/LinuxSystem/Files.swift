internal import CLinux
internal import Glibc
package import SystemPackage

/// Whole-file and whole-tree operations on paths that Trice owns.
package enum Files {
    /// The result of lstat(2) for a path.
    package struct Status: Sendable, Hashable {
        /// The type of a file (inode(7)).
        package enum Kind: Sendable, Hashable {
            case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice, unknown
        }

        package var kind: Kind
        package var mode: UInt32
        package var owner: UInt32
        package var group: UInt32
        package var size: Int64
        package var device: UInt64
        package var inode: UInt64
    }

    /// The status of `path`, or `nil` when it does not exist; lstat(2), or stat(2) when `followingLinks`.
    package static func status(
        _ path: FilePath, followingLinks: Bool = false
    ) throws(SystemError) -> Status? {
        var info = stat()
        let result = path.withPlatformString { followingLinks ? stat($0, &info) : lstat($0, &info) }
        if result != 0 {
            let code = Errno.last
            if code == .noSuchFileOrDirectory || code == .notDirectory { return nil }
            throw SystemError("stat", path.string, code)
        }
        let kind: Status.Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .unknown
            }
        return Status(
            kind: kind, mode: info.st_mode & 0o7777, owner: info.st_uid, group: info.st_gid,
            size: Int64(info.st_size), device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }

    /// What stays the same when a file or directory is renamed, and what no other on its file system has: its inode and
    /// its birth time, as `INODE:SECONDS.NANOSECONDS`; statx(2).
    ///
    /// - Returns: `nil` when it does not exist, and on file systems that keep no birth time.
    package static func identity(_ path: FilePath) -> String? {
        var (inode, seconds, nanoseconds) = (UInt64(0), Int64(0), UInt32(0))
        guard path.withPlatformString({ cl_birth($0, &inode, &seconds, &nanoseconds) }) == 0 else { return nil }
        return "\(inode):\(seconds).\(nanoseconds)"
    }

    /// Whether something has that path; a symbolic link counts by itself.
    package static func exists(_ path: FilePath) -> Bool {
        path.withPlatformString { faccessat(AT_FDCWD, $0, F_OK, AT_SYMLINK_NOFOLLOW) } == 0
    }

    /// Reads a whole file.
    package static func read(_ path: FilePath) throws(SystemError) -> [UInt8] {
        try OwnedDescriptor.open(path).readToEnd()
    }

    /// Reads a whole regular file that an untrusted source may have put there; open(2) with O_NONBLOCK, fstat(2).
    ///
    /// - Parameter limit: the largest size in bytes.
    /// - Throws: EINVAL for what is not a regular file (a FIFO or a device could block or never end), EISDIR for a
    ///   directory, EFBIG for a file above the limit.
    package static func readRegular(_ path: FilePath, limit: Int) throws(SystemError) -> [UInt8] {
        try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY).readRegular(path.string, limit: limit)
    }

    /// Reads a whole file as text; bytes that are not UTF-8 become U+FFFD. `nil` when the file does not exist.
    package static func text(_ path: FilePath) throws(SystemError) -> String? {
        do {
            return String(decoding: try read(path), as: UTF8.self)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Replaces a file in one step: writes a temporary file beside it, then renames that file; rename(2).
    ///
    /// `mode` is the mode that the file gets: the umask of the process does not change it. Files for the user
    /// (`keepsUmask`) lose the bits of the umask, and under sudo a new one belongs to who called it, one that is replaced to
    /// whom it belonged. `isDurable` adds the fsync(2) calls that make the file survive a power cut.
    package static func write(
        _ bytes: some Sequence<UInt8>, to path: FilePath, mode: UInt32 = 0o644, isDurable: Bool = false,
        keepsUmask: Bool = false
    ) throws(SystemError) {
        let temporary = FilePath("\(path.string).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp")
        do throws(SystemError) {
            let file = try OwnedDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            try file.write(bytes)
            let fd = file.rawValue
            if keepsUmask {
                try SudoCaller.giveToUser(file, replacing: path)
            } else {
                try systemCall("fchmod", temporary.string) { fchmod(fd, mode) }
            }
            if isDurable { try systemCall("fsync", temporary.string) { fsync(fd) } }
            try rename(temporary, to: path)
        } catch {
            // The thrown failure is more useful than a failure of the clean-up.
            _ = temporary.withPlatformString { unlink($0) }
            throw error
        }
        if isDurable { try synchronizeDirectory(path.removingLastComponent()) }
    }

    /// Makes the names in a directory durable; fsync(2).
    package static func synchronizeDirectory(_ path: FilePath) throws(SystemError) {
        let directory = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        let fd = directory.rawValue
        try systemCall("fsync", path.string) { fsync(fd) }
    }

    /// Makes everything durable that was written to the file system of a directory, and waits for it; syncfs(2).
    package static func synchronizeFileSystem(of path: FilePath) throws(SystemError) {
        let directory = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        let fd = directory.rawValue
        try systemCall("syncfs", path.string) { cl_syncfs(fd) }
    }

    /// Starts to make everything durable that was written to the file system of a path, and does not wait; sync(1).
    package static func synchronizeSoon(_ path: FilePath) throws(SystemError) {
        // The program continues when this process ends, and the reaper of orphans reaps it.
        _ = try ChildProcess.start(
            ChildProcess.Command("sync", ["--file-system", path.string], startsSession: true))
    }

    /// Changes the user and the group of a path, without following a link; lchown(2).
    package static func changeOwner(_ path: FilePath, user: UInt32, group: UInt32) throws(SystemError) {
        try systemCall("lchown", path.string) { path.withPlatformString { lchown($0, user, group) } }
    }

    /// Renames a file, in place of what has the new name (rename(2)).
    package static func rename(_ path: FilePath, to target: FilePath) throws(SystemError) {
        try systemCall("rename", "\(path) → \(target)") {
            path.withPlatformString { from in target.withPlatformString { Glibc.rename(from, $0) } }
        }
    }

    /// Creates a directory and its parents; an existing one is not changed; mkdir(2).
    ///
    /// `mode` is the mode that each new directory gets: the umask of the process does not change it. Directories for
    /// the user (`keepsUmask`) lose the bits of the umask, and under sudo belong to who called it.
    package static func createDirectory(
        _ path: FilePath, mode: UInt32 = 0o755, keepsUmask: Bool = false
    ) throws(SystemError) {
        if path.withPlatformString({ mkdir($0, mode) }) == 0 {
            if !keepsUmask {
                try systemCall("chmod", path.string) { path.withPlatformString { chmod($0, mode) } }
            } else if let caller = SudoCaller.current {
                let made = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                try caller.own(made.rawValue, path.string)
            }
            return
        }
        let code = Errno.last
        switch code {
        case .fileExists:
            guard try status(path, followingLinks: true)?.kind == .directory else {
                throw SystemError("mkdir", path.string, code)
            }
        case .noSuchFileOrDirectory where path.removingLastComponent() != path && !path.removingLastComponent().isEmpty:
            try createDirectory(path.removingLastComponent(), mode: mode, keepsUmask: keepsUmask)
            try createDirectory(path, mode: mode, keepsUmask: keepsUmask)
        default:
            throw SystemError("mkdir", path.string, code)
        }
    }

    /// Creates a symbolic link with the text `target` (symlink(2)).
    package static func createSymbolicLink(_ path: FilePath, to target: String) throws(SystemError) {
        try systemCall("symlink", path.string) { path.withPlatformString { symlink(target, $0) } }
    }

    /// Creates a FIFO with exactly this mode, whatever the umask is (mkfifo(3)).
    package static func createFIFO(_ path: FilePath, mode: UInt32 = 0o600) throws(SystemError) {
        try systemCall("mkfifo", path.string) { path.withPlatformString { mkfifo($0, mode) } }
    }

    /// The names in a directory, sorted, without `.` and `..`; empty when the directory does not exist.
    package static func names(in path: FilePath) throws(SystemError) -> [String] {
        guard let stream = path.withPlatformString({ opendir($0) }) else {
            let code = Errno.last
            if code == .noSuchFileOrDirectory { return [] }
            throw SystemError("opendir", path.string, code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file; `false` when it does not exist; unlink(2).
    @discardableResult
    package static func remove(_ path: FilePath) throws(SystemError) -> Bool {
        if path.withPlatformString({ unlink($0) }) == 0 { return true }
        let code = Errno.last
        if code == .noSuchFileOrDirectory { return false }
        throw SystemError("unlink", path.string, code)
    }

    /// Removes the file or tree at `path`, without following links and without crossing into a mounted file system.
    ///
    /// - Throws: the first failure, after an attempt for every other entry; EXDEV names a mount point that is left.
    package static func removeTree(_ path: FilePath) throws(SystemError) {
        guard let info = try status(path) else { return }
        guard info.kind == .directory else {
            try remove(path)
            return
        }
        let parent = try OwnedDescriptor.open(
            path.removingLastComponent().isEmpty ? "." : path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
        let name = path.lastComponent?.withPlatformString {
            Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
        }
        guard let name else { throw SystemError("rmdir", path.string, .resourceBusy) }
        var removal = TreeRemoval(device: info.device, shown: path)
        try removal.remove(name, in: parent)
    }
}
