internal import CLinux
internal import Glibc
package import SystemPackage

/// Unix sockets of kind SOCK_STREAM at a path of any length; unix(7).
package enum StreamListener {
    /// Listens on a nonblocking socket that only the owner can reach; an existing file at the path is removed.
    package static func listen(at path: FilePath) throws(SystemError) -> OwnedDescriptor {
        try Files.remove(path)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = OwnedDescriptor(
            owning: try systemCall("socket", "unix") { Glibc.socket(AF_UNIX, kind, 0) })
        try UnixAddress(path).bind(socket)
        let fd = socket.rawValue
        try systemCall("listen", path.string) { Glibc.listen(fd, 1) }
        return socket
    }

    /// Listens in a directory that others may write to, for one user alone.
    ///
    /// Nothing there is followed: whatever has the name a moment later, no file elsewhere is changed.
    package static func listen(
        in directory: borrowing OwnedDescriptor, named name: String, user: UInt32, group: UInt32
    ) throws(SystemError) -> OwnedDescriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OwnedDescriptor(
            owning: try systemCall("socket", "unix") { Glibc.socket(AF_UNIX, kind, 0) })
        let (fd, place) = (socket.rawValue, directory.rawValue)
        let address = try UnixAddress(FilePath("/proc/self/fd/\(place)/\(name)"))
        // The file gets the mode of the socket.
        try systemCall("fchmod", name) { fchmod(fd, 0o600) }
        try systemCall("bind", name) { address.withRaw { Glibc.bind(fd, $0, $1) } }
        try systemCall("fchownat", name) { fchownat(place, name, user, group, AT_SYMLINK_NOFOLLOW) }
        try systemCall("listen", name) { Glibc.listen(fd, 16) }
        return socket
    }

    /// Connects to such a socket.
    package static func connect(to path: FilePath) throws(SystemError) -> OwnedDescriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OwnedDescriptor(
            owning: try systemCall("socket", "unix") { Glibc.socket(AF_UNIX, kind, 0) })
        let fd = socket.rawValue
        let address = try UnixAddress(path)
        try systemCall("connect", path.string) { address.withRaw { Glibc.connect(fd, $0, $1) } }
        return socket
    }
}

/// The socket on which an OCI runtime hands over the master of a terminal; `--console-socket` of crun(1).
package final class ConsoleSocket: Sendable {
    /// Readable when a runtime has connected.
    package let descriptor: OwnedDescriptor
    /// The path to give to the runtime, valid for as long as this value lives: runtimes take 107 bytes, and the names of
    /// projects and services may make a longer path.
    package let runtimePath: FilePath
    private let directory: OwnedDescriptor

    /// - Parameter path: of any length; an existing file there is removed.
    package init(listeningAt path: FilePath) throws(SystemError) {
        directory = try OwnedDescriptor.open(path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
        let name = path.lastComponent?.string ?? ""
        runtimePath = FilePath("/proc/\(getpid())/fd/\(directory.rawValue)/\(name)")
        descriptor = try StreamListener.listen(at: runtimePath)
    }

    /// The master that a runtime has sent; `nil` when none has connected, or it sent nothing within a second.
    package func receive() throws(SystemError) -> OwnedDescriptor? {
        let fd = cl_accept4(descriptor.rawValue, Int32(SOCK_CLOEXEC.rawValue))
        guard fd >= 0 else { return nil }
        let socket = MessageSocket(OwnedDescriptor(owning: fd))
        // A runtime sends at once; one that does not must not block the caller.
        var item = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, 1000) > 0, let message = try socket.receive() else { return nil }
        for extra in message.descriptors.dropFirst() { close(extra) }
        return message.descriptors.first.map { OwnedDescriptor(owning: $0) }
    }

    deinit {
        // A name that stays does no harm: the next socket there removes it.
        _ = try? Files.remove(runtimePath)
    }
}
