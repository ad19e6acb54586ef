/// One port of the host that leads into a container.
public struct PublishedPort: Codable, Sendable, Hashable {
    public enum Transport: String, Codable, Sendable {
        case tcp, udp
    }

    public var container: String
    /// Addresses of the host as text. When an IPv4 address is among them, IPv6 ones that the host lacks are left out.
    public var hostAddresses: [String]
    /// 0 lets the kernel choose one, the same for all addresses.
    public var hostPort: UInt16
    /// The port inside.
    public var target: UInt16
    public var transport: Transport
    /// The container's own address; without one, and where that refuses, its loopback is tried.
    public var containerAddress: String?

    public init(
        container: String, hostAddresses: [String] = ["127.0.0.1", "::1"], hostPort: UInt16, target: UInt16,
        transport: Transport = .tcp, containerAddress: String? = nil
    ) {
        self.container = container
        self.hostAddresses = hostAddresses
        self.hostPort = hostPort
        self.target = target
        self.transport = transport
        self.containerAddress = containerAddress
    }
}

/// What became of a publication: all of its ports or none.
public struct PublicationResult: Codable, Sendable, Hashable {
    public struct Port: Codable, Sendable, Hashable {
        /// The port on the host, chosen when 0 was asked for.
        public var hostPort: UInt16
        /// Why it could not be opened, such as EADDRINUSE.
        public var errno: Int32?
    }

    public var isPublished: Bool
    /// One per port of the request, in its order.
    public var ports: [Port]
}
