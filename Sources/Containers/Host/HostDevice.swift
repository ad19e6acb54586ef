internal import CLinux
internal import Glibc
package import LinuxSystem
package import OCI
package import SystemPackage

/// The devices of this host.
package enum HostDevice {
    /// The device nodes at a path, links followed: itself, or all below a directory.
    ///
    /// - Parameter target: where it appears in the container.
    /// - Returns: `nil` when there is nothing at the path, and an empty list when there is no device.
    package static func nodes(
        at path: FilePath, target: String
    ) throws(SystemError) -> [RuntimeSpecification.Device]? {
        guard let info = status(of: path) else { return nil }
        if let node = node(info, target: target) { return [node] }
        guard info.st_mode & S_IFMT == S_IFDIR else { return [] }
        var found: [RuntimeSpecification.Device] = []
        for name in try Files.names(in: path).sorted() where try !isLink(path.appending(name)) {
            found += try nodes(at: path.appending(name), target: "\(target)/\(name)") ?? []
        }
        return found
    }

    private static func isLink(_ path: FilePath) throws(SystemError) -> Bool {
        try Files.status(path, followingLinks: false)?.kind == .symbolicLink
    }

    /// All devices, for a privileged container; terminals, and what a container has its own of, are left out.
    package static func all() throws(SystemError) -> [RuntimeSpecification.Device] {
        var found: [RuntimeSpecification.Device] = []
        for name in try Files.names(in: "/dev").sorted() where !ownNames.contains(name) {
            let path = FilePath("/dev").appending(name)
            // A link is the container's own, as `/dev/stdout`, or leads to what is in the list anyway.
            if try isLink(path) { continue }
            found += try nodes(at: path, target: path.string) ?? []
        }
        return found
    }

    private static let ownNames: Set<String> = [
        "console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
        "urandom", "zero",
    ]

    /// The numbers of a block device; `nil` when no block device is at the path.
    package static func blockNumbers(of path: FilePath) -> (major: Int64, minor: Int64)? {
        guard let info = status(of: path), info.st_mode & S_IFMT == S_IFBLK else { return nil }
        return numbers(info)
    }

    private static func status(of path: FilePath) -> stat? {
        var info = stat()
        return stat(path.string, &info) == 0 ? info : nil
    }

    private static func node(_ info: stat, target: String) -> RuntimeSpecification.Device? {
        let kind: String
        switch info.st_mode & S_IFMT {
        case S_IFCHR: kind = "c"
        case S_IFBLK: kind = "b"
        default: return nil
        }
        let (major, minor) = numbers(info)
        return .init(
            type: kind, path: target, major: major, minor: minor, fileMode: info.st_mode & 0o7777, uid: info.st_uid,
            gid: info.st_gid)
    }

    private static func numbers(_ info: stat) -> (major: Int64, minor: Int64) {
        (Int64(cl_major(info.st_rdev)), Int64(cl_minor(info.st_rdev)))
    }
}
