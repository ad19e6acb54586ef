internal import SupervisorProtocol
internal import Vocabulary

/// One way to a port inside a container.
struct PortTarget: Hashable, Sendable {
    var address: SocketAddress
    /// The address of the bridge on the host, which such a connection comes from; `nil` for one that is made inside the
    /// container's own namespace, from the address that it goes to.
    ///
    /// Programs that log or limit by address would take a connection from inside for their own.
    var source: SocketAddress?

    /// The ways to a port, best first: over the bridge, then inside, where servers on the container's loopback are
    /// reached, and where the container's own packet filter or a missing bridge is in the way.
    static func all(of port: PublishedPort) -> [PortTarget] {
        let number = port.target.rawValue
        let address = port.containerAddress.map { SocketAddress($0, port: number) }
        var targets: [PortTarget] = []
        if let address, let source = port.gatewayAddress.map({ SocketAddress($0, port: 0) }),
            source.family == address.family
        {
            targets.append(PortTarget(address: address, source: source))
        }
        let loopback = [IPAddress.v4(.loopback), .v6(.loopback)].map { SocketAddress($0, port: number) }
        for address in [address].compactMap(\.self) + loopback where !targets.contains(PortTarget(address: address)) {
            targets.append(PortTarget(address: address))
        }
        return targets
    }
}
