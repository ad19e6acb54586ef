public import Netlink

/// Everything that the packet filter does for one environment.
public struct FirewallState: Hashable, Sendable {
    /// One bridge network.
    public struct Network: Hashable, Sendable {
        public var bridge: InterfaceName
        public var subnet: IPv4Network
        /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
        public var isInternal: Bool

        public init(bridge: InterfaceName, subnet: IPv4Network, isInternal: Bool = false) {
            self.bridge = bridge
            self.subnet = subnet
            self.isInternal = isInternal
        }
    }

    /// The id of the environment; it names the table.
    public let environment: String
    /// Sorted by bridge.
    public let networks: [Network]
    /// Sorted by host port.
    public let ports: [PublishedPort]

    /// - Throws: `.invalidValue` for an id that cannot be part of a table's name, for two networks on one bridge and
    ///   for a port of a container that is in no network from which it can answer; `.portConflict` for two ports that
    ///   claim the same host port with different targets.
    public init(
        environment: String, networks: [Network], ports: [PublishedPort] = []
    ) throws(NetworkError) {
        self.environment = try Self.checked(environment)
        self.networks = networks.sorted { $0.bridge < $1.bridge }
        self.ports = Set(ports).sorted()
        guard Set(networks.map(\.bridge)).count == networks.count else {
            throw NetworkError(.invalidValue, "environment \(environment) has two networks on one bridge")
        }
        for port in self.ports {
            guard networks.contains(where: { !$0.isInternal && $0.subnet.contains(port.containerAddress) }) else {
                throw NetworkError(
                    .invalidValue,
                    "port \(port) cannot be published: its container is in no network that reaches beyond its bridge")
            }
        }
        for (first, second) in zip(self.ports, self.ports.dropFirst()) where first.claimsSame(as: second) {
            throw NetworkError(.portConflict, "ports \(first) and \(second) claim the same host port")
        }
    }

    /// An environment id as a part of a table's name.
    static func checked(_ environment: String) throws(NetworkError) -> String {
        let isAllowed = environment.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard isAllowed, (1...120).contains(environment.utf8.count) else {
            throw NetworkError(
                .invalidValue,
                "\"\(environment)\" cannot name a firewall table: "
                    + "it may hold 1 to 120 letters, digits, \".\", \"_\" and \"-\"")
        }
        return environment
    }
}

/// The transport that a port belongs to.
public enum TransportProtocol: String, Hashable, Sendable, Codable, CaseIterable {
    case tcp, udp
}

/// A port of the host's addresses outside 127.0.0.0/8 that leads to a container.
public struct PublishedPort: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let transport: TransportProtocol
    /// The only address of the host on which it is open; `nil` for every one.
    public let hostAddress: IPv4Address?
    public let hostPort: UInt16
    public let containerAddress: IPv4Address
    public let containerPort: UInt16

    /// - Throws: `.invalidValue` for port 0, and for a loopback address, which is not served by the packet filter.
    public init(
        _ transport: TransportProtocol, hostAddress: IPv4Address? = nil, hostPort: UInt16,
        containerAddress: IPv4Address, containerPort: UInt16
    ) throws(NetworkError) {
        self.transport = transport
        self.hostAddress = hostAddress == .any ? nil : hostAddress
        self.hostPort = hostPort
        self.containerAddress = containerAddress
        self.containerPort = containerPort
        guard hostPort != 0, containerPort != 0 else {
            throw NetworkError(.invalidValue, "port \(self) cannot be published: 0 is no port")
        }
        guard hostAddress?.isLoopback != true else {
            throw NetworkError(
                .invalidValue, "port \(self) cannot be published by the packet filter: the address is the loopback's")
        }
    }

    func claimsSame(as other: PublishedPort) -> Bool {
        (transport, hostPort) == (other.transport, other.hostPort) && hostAddress == other.hostAddress
    }

    public var description: String {
        "\(hostAddress.map { "\($0):" } ?? "")\(hostPort)→\(containerAddress):\(containerPort)/\(transport.rawValue)"
    }

    public static func < (left: PublishedPort, right: PublishedPort) -> Bool {
        left.key.lexicographicallyPrecedes(right.key)
    }

    /// The sort key: ports with the same host port are adjacent.
    private var key: [UInt32] {
        [
            UInt32(hostPort), transport == .tcp ? 0 : 1, hostAddress?.rawValue ?? 0, containerAddress.rawValue,
            UInt32(containerPort),
        ]
    }
}
