internal import CLinux
internal import Glibc
public import SystemPackage

/// The socket on which an OCI runtime hands over the master of a terminal; `--console-socket` of crun(1).
public enum ConsoleSocket {
    /// Listens on a nonblocking socket; the path has at most 107 bytes, and an existing file there is removed.
    public static func listen(at path: FilePath) throws(SystemError) -> OwnedDescriptor {
        try Files.remove(path)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = OwnedDescriptor(
            owning: try systemCall("socket", "unix") { Glibc.socket(AF_UNIX, kind, 0) })
        try MessageSocket.bind(socket, to: path)
        let fd = socket.rawValue
        try systemCall("listen", path.string) { Glibc.listen(fd, 1) }
        return socket
    }

    /// The master that a runtime has sent; `nil` when none has connected, or it sent nothing within a second.
    public static func receive(from listening: Int32) throws(SystemError) -> OwnedDescriptor? {
        let fd = cl_accept4(listening, Int32(SOCK_CLOEXEC.rawValue))
        guard fd >= 0 else { return nil }
        let socket = MessageSocket(OwnedDescriptor(owning: fd))
        // A runtime sends at once; one that does not must not block the caller.
        var item = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, 1000) > 0, let message = try socket.receive() else { return nil }
        for extra in message.descriptors.dropFirst() { close(extra) }
        return message.descriptors.first.map { OwnedDescriptor(owning: $0) }
    }
}
