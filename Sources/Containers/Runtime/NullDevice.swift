internal import CLinux
internal import Glibc
internal import LinuxSystem

/// A null device for standard streams that a runtime gets; null(4).
///
/// A runtime gives the streams to the user of the program, by fchown(2) on the files themselves: `/dev/null` of the host would
/// belong to that user afterwards.
package enum NullDevice {
    /// For reading and writing, one for this process; `nil` where it may make none: in the namespaces of a user without
    /// root, from where the owner of `/dev/null` cannot be changed either.
    package static let descriptor: Int32? = {
        guard geteuid() == 0, !OutsideHost.isAway else { return nil }
        do throws(SystemError) { return try make().release() } catch { return nil }
    }()

    /// Whether a descriptor is of a null device.
    package static func isOpen(as descriptor: Int32) -> Bool {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFCHR else { return false }
        return cl_major(info.st_rdev) == 1 && cl_minor(info.st_rdev) == 3
    }

    /// On a file system that is mounted nowhere.
    private static func make() throws(SystemError) -> OwnedDescriptor {
        let context = OwnedDescriptor(
            owning: try systemCall("fsopen", "tmpfs") { cl_fsopen("tmpfs", CL_FSOPEN_CLOEXEC) })
        let number = context.rawValue
        try systemCall("fsconfig", "tmpfs") { cl_fsconfig(number, CL_FSCONFIG_CMD_CREATE, nil, nil, 0) }
        let mount = OwnedDescriptor(
            owning: try systemCall("fsmount", "tmpfs") { cl_fsmount(number, CL_FSMOUNT_CLOEXEC, 0) })
        let directory = mount.rawValue
        try systemCall("mknodat", "null") { mknodat(directory, "null", S_IFCHR | 0o666, cl_makedev(1, 3)) }
        return OwnedDescriptor(
            owning: try systemCall("openat", "null") { openat(directory, "null", O_RDWR | O_CLOEXEC | O_NOFOLLOW) })
    }
}
