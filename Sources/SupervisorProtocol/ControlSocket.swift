internal import CLinux
internal import Glibc
package import LinuxSystem
package import SystemPackage

/// The control socket at a path of any length: a long one is reached through its directory's descriptor.
package enum ControlSocket {
    private static let longest = 107

    package static func listen(at path: FilePath) throws(SystemError) -> MessageSocket {
        guard path.string.utf8.count > longest else { return try MessageSocket.listen(at: path) }
        let directory = try OwnedDescriptor.open(path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
        return try MessageSocket.listen(at: short(path, directory))
    }

    package static func connect(to path: FilePath) throws(SystemError) -> MessageSocket {
        guard path.string.utf8.count > longest else { return try MessageSocket.connect(to: path) }
        let directory = try OwnedDescriptor.open(path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
        return try MessageSocket.connect(to: short(path, directory))
    }

    private static func short(_ path: FilePath, _ directory: borrowing OwnedDescriptor) -> FilePath {
        FilePath("/proc/self/fd/\(directory.rawValue)/\(path.lastComponent?.string ?? "")")
    }
}
