internal import CLinux
internal import Glibc
package import SystemPackage

/// A unix socket that keeps message boundaries and carries descriptors; unix(7), SOCK_SEQPACKET.
package struct MessageSocket: ~Copyable, Sendable {
    /// The largest message sent or received, in bytes; larger ones are refused by the kernel's socket buffer.
    package static let messageLimit = 128 * 1024

    /// One message as it arrived.
    package struct Message: ~Copyable {
        package var bytes: [UInt8]
        /// The descriptors of the message, in order; the receiver closes them.
        package var descriptors: [Int32]
    }

    /// The peer of a socket as the kernel knows it (unix(7), SO_PEERCRED).
    package struct Credentials: Sendable, Hashable {
        package var pid: Int32
        package var user: UInt32
        package var group: UInt32
    }

    package let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Binds and listens at a path of any length that only the owner can reach; bind(2), listen(2).
    ///
    /// - Throws: ENAMETOOLONG when the last component alone is too long.
    package static func listen(at path: FilePath) throws(SystemError) -> MessageSocket {
        let socket = try create()
        let fd = socket.rawValue
        try UnixAddress(path).bind(socket)
        try systemCall("listen", path.string) { Glibc.listen(fd, 128) }
        return MessageSocket(socket)
    }

    /// - Parameters:
    ///   - path: of any length.
    ///   - timeout: how long connecting, each `send` and each `receive` may take, in milliseconds; `nil` for no limit.
    /// - Throws: ENOENT or ECONNREFUSED when no process listens; EAGAIN when the time is up.
    package static func connect(to path: FilePath, timeout: Int? = nil) throws(SystemError) -> MessageSocket {
        let socket = try create()
        let fd = socket.rawValue
        if let timeout {
            var limit = timeval(tv_sec: timeout / 1000, tv_usec: timeout % 1000 * 1000)
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                try systemCall("setsockopt", path.string) {
                    setsockopt(fd, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
                }
            }
        }
        let address = try UnixAddress(path)
        try systemCall("connect", path.string) { address.withRaw { Glibc.connect(fd, $0, $1) } }
        return MessageSocket(socket)
    }

    /// The next connection; accept4(2).
    package borrowing func accept() throws(SystemError) -> MessageSocket {
        let fd = descriptor.rawValue
        let flags = Int32(SOCK_CLOEXEC.rawValue)
        return MessageSocket(OwnedDescriptor(owning: try systemCall("accept", "\(fd)") { cl_accept4(fd, flags) }))
    }

    /// The process, user and group of the peer, as the kernel reports them; SO_PEERCRED.
    package borrowing func peer() throws(SystemError) -> Credentials {
        try Self.peer(of: descriptor)
    }

    /// The same for any connected unix socket.
    package static func peer(of socket: borrowing OwnedDescriptor) throws(SystemError) -> Credentials {
        let fd = socket.rawValue
        var (pid, user, group): (pid_t, uid_t, gid_t) = (0, 0, 0)
        try systemCall("getsockopt", "SO_PEERCRED") { cl_peer_credentials(fd, &pid, &user, &group) }
        return Credentials(pid: pid, user: user, group: group)
    }

    /// Sends one message; the descriptors (at most 64) are duplicated into it, and the caller keeps them.
    package borrowing func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws(SystemError) {
        let fd = descriptor.rawValue
        try systemCall("sendmsg", "\(fd)") {
            cl_send_descriptors(fd, bytes, bytes.count, descriptors, Int32(descriptors.count))
        }
    }

    /// Receives one message; `nil` when the other end has closed.
    package borrowing func receive() throws(SystemError) -> Message? {
        let fd = descriptor.rawValue
        var descriptors = [Int32](repeating: -1, count: 64)
        var count: Int32 = 64
        var truncated: Int32 = 0
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.messageLimit) { buffer, filled in
            do throws(SystemError) {
                filled = try systemCall("recvmsg", "\(fd)") {
                    count = 64
                    return cl_receive_descriptors(
                        fd, buffer.baseAddress, buffer.count, &descriptors, &count, &truncated, 0)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let received = Array(descriptors.prefix(Int(count)))
        if truncated != 0 {
            for extra in received { close(extra) }
            throw SystemError("recvmsg", "\(fd)", .messageTooLong)
        }
        return bytes.isEmpty && received.isEmpty ? nil : Message(bytes: bytes, descriptors: received)
    }

    private static func create() throws(SystemError) -> OwnedDescriptor {
        let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        return OwnedDescriptor(owning: try systemCall("socket", "unix") { socket(AF_UNIX, kind, 0) })
    }
}
