/// One port of the host that leads into a container.
package struct PublishedPort: Codable, Sendable, Hashable {
    package enum Transport: String, Codable, Sendable {
        case tcp, udp
    }

    package var container: String
    /// Addresses of the host as text. When an IPv4 address is among them, IPv6 ones that the host lacks are left out.
    package var hostAddresses: [String]
    /// 0 lets the kernel choose one, the same for all addresses.
    package var hostPort: UInt16
    /// The port inside.
    package var target: UInt16
    package var transport: Transport
    /// The container's own address; without one, and where that refuses, its loopback is tried.
    package var containerAddress: String?

    package init(
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
package struct PublicationResult: Codable, Sendable, Hashable {
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
