internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Names
internal import SystemPackage
internal import Vocabulary

/// The resolver's sockets in the network namespace of one container.
final class NameEndpoint {
    let container: String
    let namespace: SharedDescriptor
    let datagrams: SharedDescriptor
    /// `nil` for a container with a server of its own at this port: sockets of TCP cannot share one.
    let listener: SharedDescriptor?
    var tokens: [EventLoop.Token] = []
    var connections: [UInt64: NameConnection] = [:]
    /// How many questions of the container other servers have been asked and have not answered.
    var pending = 0
    var answers = AnswerCache()

    /// The most that one container may have open: it is not trusted.
    static let pendingLimit = 256
    static let connectionLimit = 32

    /// Opens the sockets inside the namespace, whose loopback is up.
    ///
    /// - Parameter isShared: whether a server of the container will have the same port on all addresses. A socket of UDP
    ///   that is bound to one address gets what is sent to that.
    init(_ container: String, in namespace: SharedDescriptor, isShared: Bool) throws(SystemError) {
        self.container = container
        self.namespace = namespace
        let address = SocketAddress(.v4(ResolverConfiguration.resolver), port: 53)
        (datagrams, listener) = try NetworkNamespace.run(in: namespace.descriptor) {
            () throws(SystemError) -> (SharedDescriptor, SharedDescriptor?) in
            let datagrams = try Self.open(.udp, address, isShared: isShared)
            return (datagrams, isShared ? nil : try Self.open(.tcp, address, isShared: false))
        }
    }

    private static func open(
        _ transport: Transport, _ address: SocketAddress, isShared: Bool
    ) throws(SystemError) -> SharedDescriptor {
        let owned = try address.makeSocket(transport)
        let fd = owned.rawValue
        if isShared || transport == .tcp { try SocketOption.set(fd, SOL_SOCKET, SO_REUSEADDR) }
        if isShared { try SocketOption.set(fd, SOL_SOCKET, SO_REUSEPORT) }
        try systemCall("bind", "127.0.0.11:53/\(transport)") { address.withRaw { bind(fd, $0, $1) } }
        if transport == .tcp { try systemCall("listen", "127.0.0.11:53/tcp") { listen(fd, 64) } }
        return SharedDescriptor(owned)
    }

    /// The next datagram with its sender; `nil` when there is none.
    func receive(_ buffer: inout [UInt8]) -> (bytes: [UInt8], sender: SocketAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let fd = datagrams.rawValue
        let count = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(fd, &buffer, buffer.count, 0, $0, &length)
            }
        }
        guard count >= 0, let sender = SocketAddress(storage) else { return nil }
        return (Array(buffer[..<count]), sender)
    }

    /// Sends a datagram; a client that is gone loses it, as over a network.
    func send(_ bytes: [UInt8], to client: SocketAddress) {
        let fd = datagrams.rawValue
        _ = client.withRaw { sendto(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }

    /// The next connection; `nil` when there is none. What comes beyond the limit is closed at once.
    func accept() -> SharedDescriptor? {
        guard let listener else { return nil }
        while true {
            let fd = cl_accept4(listener.rawValue, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            guard fd >= 0 else { return nil }
            let socket = SharedDescriptor(OwnedDescriptor(owning: fd))
            if connections.count < Self.connectionLimit { return socket }
        }
    }
}
