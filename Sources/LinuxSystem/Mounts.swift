internal import CLinux
internal import Glibc
public import SystemPackage

/// Mounts in the calling process's mount namespace.
public enum Mounts {
    /// Mounts an overlay; the first of `lowers` is the uppermost; overlayfs.rst of the kernel.
    ///
    /// The new mount calls take up to 500 lowers of any length; without `lowerdir+` (before 6.7) one option string is
    /// used, which must fit into a page.
    ///
    /// - Parameters:
    ///   - upper: without it, and without `work`, the mount is read-only and takes two lowers or more.
    ///   - isVolatile: the mount never syncs to disk. Only for an upper directory that is not needed after a crash; the
    ///     work directory cannot be mounted again.
    public static func overlay(
        lowers: [FilePath], upper: FilePath?, work: FilePath?, at target: FilePath, isVolatile: Bool = false
    ) throws(SystemError) {
        let writable = [("upperdir", upper), ("workdir", work)].compactMap { key, path in path.map { (key, $0) } }
        let flags = isVolatile ? ["volatile"] : []
        let context = cl_fsopen("overlay", CL_FSOPEN_CLOEXEC)
        guard context >= 0 else {
            return try overlayByOptions(lowers: lowers, writable, flags, at: target)
        }
        let filesystem = OwnedDescriptor(owning: context)
        for lower in lowers where cl_fsconfig(context, CL_FSCONFIG_SET_STRING, "lowerdir+", lower.string, 0) != 0 {
            let code = Errno.last
            if code == .invalidArgument && lower == lowers.first {
                return try overlayByOptions(lowers: lowers, writable, flags, at: target)
            }
            throw SystemError("fsconfig", "lowerdir \(lower)", code)
        }
        for (key, path) in writable {
            try systemCall("fsconfig", "\(key) \(path)") {
                cl_fsconfig(context, CL_FSCONFIG_SET_STRING, key, path.string, 0)
            }
        }
        for flag in flags {
            try systemCall("fsconfig", flag) { cl_fsconfig(context, CL_FSCONFIG_SET_FLAG, flag, nil, 0) }
        }
        do throws(SystemError) {
            try systemCall("fsconfig", "overlay") { cl_fsconfig(context, CL_FSCONFIG_CMD_CREATE, nil, nil, 0) }
        } catch  where error.errno == .invalidArgument {
            // Before 6.5 overlayfs accepts every option and rejects `lowerdir+` only here.
            return try overlayByOptions(lowers: lowers, writable, flags, at: target)
        }
        let mount = OwnedDescriptor(
            owning: try systemCall("fsmount", "overlay") { cl_fsmount(context, CL_FSMOUNT_CLOEXEC, 0) })
        let tree = mount.rawValue
        try systemCall("move_mount", target.string) {
            cl_move_mount(tree, "", AT_FDCWD, target.string, CL_MOVE_MOUNT_F_EMPTY_PATH)
        }
        _ = consume filesystem
    }

    private static func overlayByOptions(
        lowers: [FilePath], _ writable: [(String, FilePath)], _ flags: [String], at target: FilePath
    ) throws(SystemError) {
        let options =
            ["lowerdir=" + lowers.map { escaped($0.string) }.joined(separator: ":")]
            + writable.map { "\($0)=\(escaped($1.string))" } + flags
        try systemCall("mount", "overlay \(target)") {
            cl_mount("overlay", target.string, "overlay", 0, options.joined(separator: ","))
        }
    }

    private static func escaped(_ path: String) -> String {
        var result = ""
        for character in path {
            if character == ":" || character == "," || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result
    }

    /// mount(2) MS_BIND.
    public static func bind(_ source: FilePath, at target: FilePath, recursive: Bool = false) throws(SystemError) {
        let flags = UInt(CL_MS_BIND | (recursive ? CL_MS_REC : 0))
        try systemCall("mount", "\(source) \(target)") { cl_mount(source.string, target.string, nil, flags, nil) }
    }

    /// Binds the file of a descriptor, with all mounts below it.
    public static func bind(_ source: borrowing OwnedDescriptor, at target: FilePath) throws(SystemError) {
        let path = "/proc/self/fd/\(source.rawValue)"
        try systemCall("mount", target.string) { cl_mount(path, target.string, nil, UInt(CL_MS_BIND | CL_MS_REC), nil) }
    }

    /// Makes the mounts at `path` and below it read-only; other mounts of the same file systems do not change; mount(2)
    /// MS_REMOUNT with MS_BIND.
    public static func makeReadOnly(_ path: FilePath) throws(SystemError) {
        let flags = UInt(CL_MS_BIND | CL_MS_REMOUNT | CL_MS_RDONLY)
        for point in try list(below: path) {
            try systemCall("mount", point.string) { cl_mount(nil, point.string, nil, flags, nil) }
        }
    }

    /// Mounts an empty file system in memory that only root can enter, without devices and set-uid programs; tmpfs(5).
    public static func privateMemory(at target: FilePath) throws(SystemError) {
        let flags = UInt(CL_MS_NOSUID | CL_MS_NODEV)
        try systemCall("mount", "tmpfs \(target)") { cl_mount("tmpfs", target.string, "tmpfs", flags, "mode=0700") }
    }

    /// Unmounts; with `isLazy` also while in use (MNT_DETACH). `false` when nothing is mounted there; umount(2).
    @discardableResult
    public static func unmount(_ target: FilePath, isLazy: Bool = false) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try systemCall("umount", target.string) {
                cl_umount2(target.string, isLazy ? Int32(CL_MNT_DETACH) : 0)
            }
            return true
        } catch  where error.errno == .invalidArgument || error.errno == .noSuchFileOrDirectory {
            return false
        }
    }

    /// Whether something is mounted exactly there; statx(2) STATX_ATTR_MOUNT_ROOT, since Linux 5.8.
    public static func isRoot(_ path: FilePath) -> Bool {
        cl_is_mount_root(path.string) == 1
    }

    /// The mount points at and below `path`, deepest last; proc_pid_mountinfo(5).
    public static func list(below path: FilePath) throws(SystemError) -> [FilePath] {
        let prefix = path.string
        var found: [FilePath] = []
        for line in String(decoding: try Files.read("/proc/self/mountinfo"), as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count > 4 else { continue }
            let target = unescaped(fields[4])
            if target == prefix || target.hasPrefix(prefix + "/") { found.append(FilePath(target)) }
        }
        return found
    }

    /// Decodes the octal escapes (`\040` for a space) of mountinfo.
    private static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
