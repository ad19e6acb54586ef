package import Netlink
package import Vocabulary

/// Everything that the packet filter does for one environment.
package struct FirewallState: Hashable, Sendable {
    /// One bridge network.
    package struct Network: Hashable, Sendable {
        package var bridge: InterfaceName
        package var subnet: IPv4Network
        /// The other subnets of IPv4 on the bridge.
        package var furtherSubnets: [IPv4Network] = []
        /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
        package var isInternal: Bool
        /// `nil` for a network without IPv6.
        package var ipv6Subnet: IPv6Network?
        /// The other subnets of IPv6 on the bridge.
        package var furtherIPv6Subnets: [IPv6Network] = []
        /// Whether what leaves the host has the host's address.
        package var masquerades = true
        /// The same for IPv6.
        package var masqueradesIPv6 = true
        /// The address that what leaves the host has; `nil` for that of the link that it leaves by.
        package var sourceAddress: IPv4Address?
        /// Whether others reach every port of its containers at their IPv4 addresses.
        package var isOpen = false
        /// The same for IPv6.
        package var isOpenToIPv6 = false
        /// The ports that others reach at the addresses of containers.
        package var routedPorts: [RoutedPort] = []
        /// Whether another environment made the bridge, and has the rules for all that is on it.
        package var isJoined = false

        package init(bridge: InterfaceName, subnet: IPv4Network, isInternal: Bool = false) {
            self.bridge = bridge
            self.subnet = subnet
            self.isInternal = isInternal
        }

        func contains(_ address: IPv4Address) -> Bool {
            ([subnet] + furtherSubnets).contains { $0.contains(address) }
        }
    }

    /// A port of a container that others reach at the container's own address.
    package struct RoutedPort: Hashable, Sendable {
        /// The container's own.
        package var address: IPAddress
        package var transport: Transport
        /// The port inside.
        package var port: Port
    }

    /// The id of the environment; it names the table.
    package let environment: String
    /// Sorted by bridge.
    package let networks: [Network]
    /// Sorted by host port.
    package let ports: [PublishedPort]

    /// - Throws: `.invalidValue` for an id that cannot be part of a table's name, for two networks on one bridge and
    ///   for a port of a container that is in no network from which it can answer; `.portConflict` for two ports that
    ///   claim the same host port with different targets.
    package init(
        environment: String, networks: [Network], ports: [PublishedPort] = []
    ) throws(NetworkError) {
        self.environment = try Self.checked(environment)
        self.networks = networks.sorted { $0.bridge < $1.bridge }
        self.ports = Set(ports).sorted()
        guard Set(networks.map(\.bridge)).count == networks.count else {
            throw NetworkError(.invalidValue, "environment \(environment) has two networks on one bridge")
        }
        for port in self.ports {
            guard networks.contains(where: { !$0.isInternal && $0.contains(port.containerAddress) }) else {
                throw NetworkError(
                    .invalidValue,
                    "port \(port) cannot be published: its container is in no network that reaches beyond its bridge")
            }
        }
        for (first, second) in zip(self.ports, self.ports.dropFirst()) where first.claimsSame(as: second) {
            throw NetworkError(.portConflict, "ports \(first) and \(second) claim the same host port")
        }
    }

    /// The bridges that the environment made.
    var ownBridges: [InterfaceName] { networks.filter { !$0.isJoined }.map(\.bridge) }

    /// An environment id as a part of a table's name.
    ///
    /// - Parameter longest: more than this module makes, for a table that is removed: the kernel takes 255.
    static func checked(_ environment: String, longest: Int = 120) throws(NetworkError) -> String {
        let isAllowed = environment.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard isAllowed, (1...longest).contains(environment.utf8.count) else {
            throw NetworkError(
                .invalidValue,
                "\"\(environment)\" cannot name a firewall table: "
                    + "it may hold 1 to \(longest) letters, digits, \".\", \"_\" and \"-\"")
        }
        return environment
    }
}

/// A port of the host's addresses outside 127.0.0.0/8 that leads to a container.
package struct PublishedPort: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let transport: Transport
    /// The only address of the host on which it is open; `nil` for every one.
    package let hostAddress: IPv4Address?
    package let hostPort: Port
    package let containerAddress: IPv4Address
    package let containerPort: Port

    /// - Throws: `.invalidValue` for a loopback address, which is not served by the packet filter.
    package init(
        _ transport: Transport, hostAddress: IPv4Address? = nil, hostPort: Port,
        containerAddress: IPv4Address, containerPort: Port
    ) throws(NetworkError) {
        self.transport = transport
        self.hostAddress = hostAddress == .any ? nil : hostAddress
        self.hostPort = hostPort
        self.containerAddress = containerAddress
        self.containerPort = containerPort
        guard hostAddress?.isLoopback != true else {
            throw NetworkError(
                .invalidValue, "port \(self) cannot be published by the packet filter: the address is the loopback's")
        }
    }

    func claimsSame(as other: PublishedPort) -> Bool {
        (transport, hostPort) == (other.transport, other.hostPort) && hostAddress == other.hostAddress
    }

    package var description: String {
        "\(hostAddress.map { "\($0):" } ?? "")\(hostPort)→\(containerAddress):\(containerPort)/\(transport.rawValue)"
    }

    package static func < (left: PublishedPort, right: PublishedPort) -> Bool {
        left.key < right.key
    }

    /// The sort key: ports with the same host port are adjacent.
    private var key: (Port, Transport, UInt32, IPv4Address, Port) {
        (hostPort, transport, hostAddress?.rawValue ?? 0, containerAddress, containerPort)
    }
}
