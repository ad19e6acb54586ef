internal import CLinux
internal import Glibc
public import SystemPackage

/// A unix socket that keeps message boundaries and carries descriptors; unix(7), SOCK_SEQPACKET.
public struct MessageSocket: ~Copyable, Sendable {
    /// The largest message sent or received, in bytes; larger ones are refused by the kernel's socket buffer.
    public static let messageLimit = 128 * 1024

    /// One message as it arrived.
    public struct Message: ~Copyable {
        public var bytes: [UInt8]
        /// The descriptors of the message, in order; the receiver closes them.
        public var descriptors: [Int32]
    }

    public struct Credentials: Sendable, Hashable {
        public var pid: Int32
        public var user: UInt32
        public var group: UInt32
    }

    public let descriptor: OwnedDescriptor

    public init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Binds and listens at a path (at most 107 bytes) that only the owner can reach; bind(2), listen(2).
    public static func listen(at path: FilePath) throws(SystemError) -> MessageSocket {
        let socket = try create()
        let fd = socket.rawValue
        try bind(socket, to: path)
        try systemCall("listen", path.string) { Glibc.listen(fd, 128) }
        return MessageSocket(socket)
    }

    /// Binds a unix socket to a path that only the owner can reach; bind(2).
    static func bind(_ socket: borrowing OwnedDescriptor, to path: FilePath) throws(SystemError) {
        let fd = socket.rawValue
        var address = try address(of: path)
        let previous = umask(0o177)
        defer { umask(previous) }
        try systemCall("bind", path.string) { withAddress(&address) { Glibc.bind(fd, $0, $1) } }
    }

    /// - Throws: ENOENT or ECONNREFUSED when no process listens.
    public static func connect(to path: FilePath) throws(SystemError) -> MessageSocket {
        let socket = try create()
        let fd = socket.rawValue
        var address = try address(of: path)
        try systemCall("connect", path.string) { withAddress(&address) { Glibc.connect(fd, $0, $1) } }
        return MessageSocket(socket)
    }

    /// The next connection; accept4(2).
    public borrowing func accept() throws(SystemError) -> MessageSocket {
        let fd = descriptor.rawValue
        let flags = Int32(SOCK_CLOEXEC.rawValue)
        return MessageSocket(OwnedDescriptor(owning: try systemCall("accept", "\(fd)") { cl_accept4(fd, flags) }))
    }

    /// The process, user and group of the peer, as the kernel reports them; SO_PEERCRED.
    public borrowing func peer() throws(SystemError) -> Credentials {
        let fd = descriptor.rawValue
        var (pid, user, group): (pid_t, uid_t, gid_t) = (0, 0, 0)
        try systemCall("getsockopt", "SO_PEERCRED") { cl_peer_credentials(fd, &pid, &user, &group) }
        return Credentials(pid: pid, user: user, group: group)
    }

    /// Sends one message; the descriptors (at most 64) are duplicated into it, and the caller keeps them.
    public borrowing func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws(SystemError) {
        let fd = descriptor.rawValue
        try systemCall("sendmsg", "\(fd)") {
            cl_send_descriptors(fd, bytes, bytes.count, descriptors, Int32(descriptors.count))
        }
    }

    /// Receives one message; `nil` when the other end has closed.
    public borrowing func receive() throws(SystemError) -> Message? {
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

    private static func address(of path: FilePath) throws(SystemError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("bind", path.string, .fileNameTooLong)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}

private func withAddress<Result>(
    _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
