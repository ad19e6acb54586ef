internal import CLinux
internal import Glibc
internal import SystemPackage

/// Which ids of a file system appear as which others in a mount: two of them exchange their places, all others stay.
package struct IdentityMap: Hashable, Sendable {
    /// The id of files on the disk.
    package var stored: UInt32
    /// The id that they have in the mount.
    package var shown: UInt32

    package init(stored: UInt32, shown: UInt32) {
        self.stored = stored
        self.shown = shown
    }

    /// Whether nothing is mapped.
    package var isEmpty: Bool { stored == shown }

    /// Lines of a map file, `INSIDE OUTSIDE COUNT`, that cover every id; user_namespaces(7).
    var lines: String {
        let end: UInt64 = 0xffff_ffff
        let (low, high) = (UInt64(min(stored, shown)), UInt64(max(stored, shown)))
        if low == high { return "0 0 \(end)\n" }
        let ranges: [(UInt64, UInt64, UInt64)] = [
            (0, 0, low), (low, high, 1), (low + 1, low + 1, high - low - 1), (high, low, 1),
            (high + 1, high + 1, end - high - 1),
        ]
        return ranges.filter { $0.2 > 0 }.map { "\($0.0) \($0.1) \($0.2)\n" }.joined()
    }
}

extension Mounts {
    /// Binds a directory or file with other owners; the mounts below it come along as they are. mount_setattr(2), since
    /// Linux 5.12.
    ///
    /// - Throws: EINVAL where the file system cannot do it.
    package static func bind(
        _ source: borrowing OwnedDescriptor, at target: String, users: IdentityMap, groups: IdentityMap
    ) throws(SystemError) {
        let path = "/proc/self/fd/\(source.rawValue)"
        let tree = OwnedDescriptor(owning: try systemCall("open_tree", target) { cl_clone_tree(path) })
        let namespace = OwnedDescriptor(
            owning: try systemCall("clone", target) { cl_user_namespace(users.lines, groups.lines) })
        let (fd, map) = (tree.rawValue, namespace.rawValue)
        try systemCall("mount_setattr", target) { cl_set_idmap(fd, map) }
        try systemCall("move_mount", target) {
            cl_move_mount(fd, "", AT_FDCWD, target, CL_MOVE_MOUNT_F_EMPTY_PATH)
        }
    }
}
