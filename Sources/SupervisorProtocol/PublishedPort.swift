package import Vocabulary

/// One port of the host that leads into a container.
package struct PublishedPort: Codable, Sendable, Hashable {
    package var container: String
    /// When an IPv4 address is among them, IPv6 ones that the host lacks are left out.
    package var hostAddresses: [IPAddress]
    /// 0 lets the kernel choose one, the same for all addresses.
    package var hostPort: UInt16
    /// The port inside.
    package var target: Port
    /// `tcp` or `udp`: the supervisor refuses `sctp`.
    package var transport: Transport
    /// The container's own address; without one, and where that refuses, its loopback is tried.
    package var containerAddress: IPAddress?
    /// The host's address on the bridge of that address, from which connections reach the container; without one they
    /// come from the container's own address.
    package var gatewayAddress: IPAddress?

    package init(
        container: String, hostAddresses: [IPAddress] = [.v4(.loopback), .v6(.loopback)], hostPort: UInt16,
        target: Port, transport: Transport = .tcp, containerAddress: IPAddress? = nil,
        gatewayAddress: IPAddress? = nil
    ) {
        self.container = container
        self.hostAddresses = hostAddresses
        self.hostPort = hostPort
        self.target = target
        self.transport = transport
        self.containerAddress = containerAddress
        self.gatewayAddress = gatewayAddress
    }
}

/// What became of a publication: all of its ports or none.
package struct PublicationResult: Codable, Sendable, Hashable {
    /// One port that the supervisor serves.
    package struct Port: Codable, Sendable, Hashable {
        /// The port on the host, chosen when 0 was asked for.
        package var hostPort: UInt16
        /// Why it could not be opened, such as EADDRINUSE.
        package var errno: Int32?

        package init(hostPort: UInt16, errno: Int32?) {
            self.hostPort = hostPort
            self.errno = errno
        }
    }

    package var isPublished: Bool
    /// One per port of the request, in its order.
    package var ports: [Port]

    package init(isPublished: Bool, ports: [Port]) {
        self.isPublished = isPublished
        self.ports = ports
    }
}
