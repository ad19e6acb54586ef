internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// A socket on the host that leads into a container.
final class PortListener {
    /// What only one socket can have.
    struct Place: Hashable {
        var address: SocketAddress
        var transport: Transport
    }

    let id: UInt64
    /// As it was asked for, with the port that the kernel chose.
    let port: PublishedPort
    let address: SocketAddress
    let socket: SharedDescriptor
    /// The ways inside, best first.
    let targets: [PortTarget]

    /// Opens the socket on the host.
    init(id: UInt64, port: PublishedPort, address: SocketAddress) throws(SystemError) {
        guard port.transport != .sctp else { throw SystemError("socket", "\(port.transport)", .protocolNotSupported) }
        let kind = Int32((port.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        let owned = try HostSocket.bind(
            HostSocket.Request(
                kind: kind, address: address.withRaw { Array(UnsafeRawBufferPointer(start: $0, count: Int($1))) }))
        let fd = owned.rawValue
        try systemCall("fcntl", "port \(address.port)") { fcntl(fd, F_SETFL, O_NONBLOCK) }
        var bound = address
        bound.port = try SocketAddress.port(of: fd)
        var chosen = port
        chosen.hostPort = bound.port
        self.id = id
        self.port = chosen
        self.address = bound
        socket = SharedDescriptor(owned)
        targets = PortTarget.all(of: port)
    }

    /// The same socket for a port that leads elsewhere now.
    init(id: UInt64, reusing other: PortListener, for port: PublishedPort) {
        self.id = id
        var chosen = port
        chosen.hostPort = other.port.hostPort
        self.port = chosen
        address = other.address
        socket = other.socket
        targets = PortTarget.all(of: port)
    }
}

extension PortListener.Place {
    init(_ listener: PortListener) {
        self.init(address: listener.address, transport: listener.port.transport)
    }
}
