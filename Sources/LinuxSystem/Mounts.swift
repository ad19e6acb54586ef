internal import CLinux
internal import Glibc
package import SystemPackage

/// Mounts in the calling process's mount namespace.
package enum Mounts {
    /// Mounts an overlay; the first of `lowers` is the uppermost; overlayfs.rst of the kernel.
    ///
    /// The new mount calls take up to 500 lowers of any length; without `lowerdir+` (before 6.7) one option string is
    /// used, which must fit into a page.
    ///
    /// - Parameters:
    ///   - upper: without it, and without `work`, the mount is read-only and takes two lowers or more.
    ///   - isVolatile: the mount never syncs to disk. Only for an upper directory that is not needed after a crash; the
    ///     work directory cannot be mounted again.
    package static func overlay(
        lowers: [FilePath], upper: FilePath?, work: FilePath?, at target: FilePath, isVolatile: Bool = false
    ) throws(SystemError) {
        var directories = OptionDirectories()
        let lowers = try directories.options(for: lowers)
        var writable: [(key: String, path: String)] = []
        if let upper { writable.append(("upperdir", try directories.option(for: upper))) }
        if let work { writable.append(("workdir", try directories.option(for: work))) }
        // In a user namespace the attributes of overlayfs have other names, under which a user may set them.
        let flags = (isVolatile ? ["volatile"] : []) + (OutsideHost.isAway ? ["userxattr"] : [])
        // The paths are resolved here or at the creation, so the directories stay open until the end.
        defer { withExtendedLifetime(directories) {} }
        let context = cl_fsopen("overlay", CL_FSOPEN_CLOEXEC)
        guard context >= 0 else {
            return try overlayByOptions(lowers: lowers, writable, flags, at: target)
        }
        let filesystem = OwnedDescriptor(owning: context)
        for lower in lowers where cl_fsconfig(context, CL_FSCONFIG_SET_STRING, "lowerdir+", lower, 0) != 0 {
            let code = Errno.last
            if code == .invalidArgument && lower == lowers.first {
                return try overlayByOptions(lowers: lowers, writable, flags, at: target)
            }
            throw SystemError("fsconfig", "lowerdir \(lower)", code)
        }
        for (key, path) in writable {
            try systemCall("fsconfig", "\(key) \(path)") {
                cl_fsconfig(context, CL_FSCONFIG_SET_STRING, key, path, 0)
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
        lowers: [String], _ writable: [(key: String, path: String)], _ flags: [String], at target: FilePath
    ) throws(SystemError) {
        let options =
            ["lowerdir=" + lowers.map(escaped).joined(separator: ":")]
            + writable.map { "\($0.key)=\(escaped($0.path))" } + flags
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
    package static func bind(_ source: FilePath, at target: FilePath, recursive: Bool = false) throws(SystemError) {
        let flags = UInt(CL_MS_BIND | (recursive ? CL_MS_REC : 0))
        try systemCall("mount", "\(source) \(target)") { cl_mount(source.string, target.string, nil, flags, nil) }
    }

    /// Binds the file of a descriptor, with all mounts below it.
    package static func bind(_ source: borrowing OwnedDescriptor, at target: FilePath) throws(SystemError) {
        let path = "/proc/self/fd/\(source.rawValue)"
        try systemCall("mount", target.string) { cl_mount(path, target.string, nil, UInt(CL_MS_BIND | CL_MS_REC), nil) }
    }

    /// Makes the mounts at `path` and below it read-only; other mounts of the same file systems do not change; mount(2)
    /// MS_REMOUNT with MS_BIND.
    package static func makeReadOnly(_ path: FilePath) throws(SystemError) {
        let flags = UInt(CL_MS_BIND | CL_MS_REMOUNT | CL_MS_RDONLY)
        for point in try list(below: path) {
            try systemCall("mount", point.string) { cl_mount(nil, point.string, nil, flags, nil) }
        }
    }

    /// Mounts an empty file system in memory that only root can enter, without devices and set-uid programs; tmpfs(5).
    package static func privateMemory(at target: FilePath) throws(SystemError) {
        let flags = UInt(CL_MS_NOSUID | CL_MS_NODEV)
        try systemCall("mount", "tmpfs \(target)") { cl_mount("tmpfs", target.string, "tmpfs", flags, "mode=0700") }
    }

    /// Mounts an empty file system in memory, without devices, programs and set-uid files; tmpfs(5).
    ///
    /// - Parameter size: in bytes; `nil` for the kernel's default.
    package static func memory(at target: FilePath, mode: UInt32, size: UInt64? = nil) throws(SystemError) {
        let flags = UInt(CL_MS_NOSUID | CL_MS_NODEV | CL_MS_NOEXEC)
        let options = "mode=0" + String(mode, radix: 8) + (size.map { ",size=\($0)" } ?? "")
        try systemCall("mount", "tmpfs \(target)") { cl_mount("tmpfs", target.string, "tmpfs", flags, options) }
    }

    /// Mounts a file system by its type; mount(2).
    ///
    /// - Parameter options: as mount(8) takes them; the file system itself gets those that the kernel does not know.
    package static func fileSystem(
        _ type: String, _ source: String, at target: FilePath, options: [String]
    ) throws(SystemError) {
        var flags: UInt = 0
        var data: [String] = []
        for option in options {
            if let flag = Self.flags[option] {
                flags |= UInt(flag)
            } else if !Self.defaults.contains(option) {
                data.append(option)
            }
        }
        let text = data.joined(separator: ",")
        try systemCall("mount", "\(source) \(target)") { cl_mount(source, target.string, type, flags, text) }
    }

    private static let flags: [String: Int] = [
        "ro": Int(CL_MS_RDONLY), "nosuid": Int(CL_MS_NOSUID), "nodev": Int(CL_MS_NODEV), "noexec": Int(CL_MS_NOEXEC),
        "sync": Int(CL_MS_SYNCHRONOUS), "dirsync": Int(CL_MS_DIRSYNC), "noatime": Int(CL_MS_NOATIME),
        "nodiratime": Int(CL_MS_NODIRATIME), "relatime": Int(CL_MS_RELATIME), "strictatime": Int(CL_MS_STRICTATIME),
    ]

    /// What holds without being said.
    private static let defaults: Set<String> = [
        "async", "atime", "auto", "defaults", "dev", "diratime", "exec", "noauto", "nouser", "rw", "suid",
    ]

    /// Unmounts; with `isLazy` also while in use (MNT_DETACH). `false` when nothing is mounted there; umount(2).
    @discardableResult
    package static func unmount(_ target: FilePath, isLazy: Bool = false) throws(SystemError) -> Bool {
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
    package static func isRoot(_ path: FilePath) -> Bool {
        cl_is_mount_root(path.string) == 1
    }

    /// The mount points at and below `path`, deepest last; proc_pid_mountinfo(5).
    package static func list(below path: FilePath) throws(SystemError) -> [FilePath] {
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

/// Paths of directories in a form that fits into an option of a mount, of which the kernel takes 255 bytes.
///
/// A longer path is reached through a descriptor of its directory, which is open for as long as this value lives.
private struct OptionDirectories {
    private static let longest = 255

    private final class Directory {
        let descriptor: OwnedDescriptor

        init(_ path: FilePath) throws(SystemError) {
            descriptor = try OwnedDescriptor.open(path, CL_O_PATH | O_DIRECTORY)
        }
    }

    private var opened: [Directory] = []

    mutating func option(for path: FilePath) throws(SystemError) -> String {
        guard path.string.utf8.count > Self.longest else { return path.string }
        let directory = try Directory(path)
        opened.append(directory)
        return "/proc/self/fd/\(directory.descriptor.rawValue)"
    }

    mutating func options(for paths: [FilePath]) throws(SystemError) -> [String] {
        var options: [String] = []
        for path in paths { options.append(try option(for: path)) }
        return options
    }
}
