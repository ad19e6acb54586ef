internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// A socket on the host that leads into a container.
final class PortListener {
    let id: UInt64
    /// As it was asked for, with the port that the kernel chose.
    let port: PublishedPort
    let address: SocketAddress
    let socket: SharedDescriptor
    /// The addresses inside, best first.
    let candidates: [SocketAddress]

    /// Opens the socket in the namespace of the calling thread.
    init(id: UInt64, port: PublishedPort, address: SocketAddress) throws(SystemError) {
        let owned = try address.makeSocket(port.transport)
        let fd = owned.rawValue
        if address.family == .v6 { try SocketOption.set(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        if port.transport == .tcp { try SocketOption.set(fd, SOL_SOCKET, SO_REUSEADDR) }
        try systemCall("bind", "port \(address.port)") { address.withRaw { bind(fd, $0, $1) } }
        if port.transport == .tcp { try systemCall("listen", "port \(address.port)") { listen(fd, 512) } }
        var bound = address
        bound.port = try SocketAddress.port(of: fd)
        var chosen = port
        chosen.hostPort = bound.port
        self.id = id
        self.port = chosen
        self.address = bound
        socket = SharedDescriptor(owned)
        candidates = Self.candidates(of: port)
    }

    /// The same socket for a port that leads elsewhere now.
    init(id: UInt64, reusing other: PortListener, for port: PublishedPort) {
        self.id = id
        var chosen = port
        chosen.hostPort = other.port.hostPort
        self.port = chosen
        address = other.address
        socket = other.socket
        candidates = Self.candidates(of: port)
    }

    static func candidates(of port: PublishedPort) -> [SocketAddress] {
        let texts = [port.containerAddress, "127.0.0.1", "::1"].compactMap { $0 }
        var seen: Set<SocketAddress> = []
        return texts.compactMap { SocketAddress($0, port: port.target) }.filter { seen.insert($0).inserted }
    }
}
