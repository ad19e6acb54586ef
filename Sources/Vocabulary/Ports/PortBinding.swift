/// A port of the host that leads to a port of a container; prints as `127.0.0.1:8080→80/tcp`.
package struct PortBinding: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package var hostAddress: HostAddress
    package var hostPort: Port
    package var containerPort: Port
    package var transport: Transport

    package init(
        hostAddress: HostAddress = .loopback, hostPort: Port, containerPort: Port, transport: Transport = .tcp
    ) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }

    /// Whether the two cannot be open at once: `any` excludes the same port on each single address, and the reverse.
    package func conflicts(with other: PortBinding) -> Bool {
        (hostPort, transport) == (other.hostPort, other.transport)
            && (hostAddress == other.hostAddress || hostAddress == .any || other.hostAddress == .any)
    }

    package var description: String {
        let host =
            switch hostAddress {
            case .loopback: "loopback:"
            case .any: ""
            case .address(.v4(let address)): "\(address):"
            case .address(.v6(let address)): "[\(address)]:"
            }
        return "\(host)\(hostPort)→\(containerPort)/\(transport)"
    }

    package static func < (left: PortBinding, right: PortBinding) -> Bool {
        (left.hostPort, left.transport, left.hostAddress, left.containerPort)
            < (right.hostPort, right.transport, right.hostAddress, right.containerPort)
    }
}
