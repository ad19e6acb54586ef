public import Netlink

/// The networks of one environment as they have to be: which container is attached where, what the packet filter does
/// and which names resolve to which addresses.
///
/// A pure value: equal inputs give equal attachments, rules and names, in every process and at every time.
public struct NetworkPlan: Hashable, Sendable {
    /// A network and its bridge.
    public struct Network: Hashable, Sendable {
        /// The key under `networks:`.
        public var name: String
        public var bridge: BridgeNetwork
        /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
        public var isInternal: Bool

        public init(name: String, bridge: BridgeNetwork, isInternal: Bool = false) {
            self.name = name
            self.bridge = bridge
            self.isInternal = isInternal
        }
    }

    /// A container's membership in a network.
    public struct Member: Hashable, Sendable {
        /// The container, such as `web-1`.
        public var container: String
        /// The name of the network.
        public var network: String
        public var address: IPv4Address
        public var mac: MACAddress
        /// The network with the highest number becomes the first interface of the container.
        public var priority: Int
        /// The network with the highest number gets the default route, unless it is internal.
        public var gatewayPriority: Int

        public init(
            container: String, network: String, address: IPv4Address, mac: MACAddress, priority: Int = 0,
            gatewayPriority: Int = 0
        ) {
            self.container = container
            self.network = network
            self.address = address
            self.mac = mac
            self.priority = priority
            self.gatewayPriority = gatewayPriority
        }
    }

    /// A host port that leads to a container and is open on addresses outside the loopback.
    public struct Port: Hashable, Sendable {
        public var container: String
        public var transport: TransportProtocol
        /// The only address of the host on which it is open; `nil` for every one.
        public var hostAddress: IPv4Address?
        public var hostPort: UInt16
        public var containerPort: UInt16

        public init(
            container: String, transport: TransportProtocol, hostAddress: IPv4Address? = nil, hostPort: UInt16,
            containerPort: UInt16
        ) {
            self.container = container
            self.transport = transport
            self.hostAddress = hostAddress
            self.hostPort = hostPort
            self.containerPort = containerPort
        }
    }

    /// The id of the environment.
    public let environment: String
    public let networks: [Network]
    public let ports: [Port]
    /// The memberships of each container, the one of its first interface first.
    private let memberships: [String: [Member]]

    /// - Parameters:
    ///   - members: a membership whose network is not among `networks` is left out.
    ///   - ports: a port of a container without a membership is left out.
    public init(environment: String, networks: [Network], members: [Member] = [], ports: [Port] = []) {
        self.environment = environment
        self.networks = networks
        let known = Set(networks.map(\.name))
        memberships = Dictionary(grouping: members.filter { known.contains($0.network) }, by: \.container)
            .mapValues { $0.sorted(by: Self.comesFirst) }
        self.ports = ports
    }

    /// The order of a container's interfaces: by priority, then by the names of the networks.
    private static func comesFirst(_ left: Member, _ right: Member) -> Bool {
        (right.priority, left.network) < (left.priority, right.network)
    }

    /// The memberships of a container, the one of its first interface first.
    public func members(of container: String) -> [Member] { memberships[container] ?? [] }

    /// The containers that are a member of a network, sorted.
    var containers: [String] { memberships.keys.sorted() }

    /// The same environment without a network, and without the ports of containers that no other network serves.
    func removing(_ network: String) -> NetworkPlan {
        let remaining = networks.filter { $0.name != network }
        let served = NetworkPlan(
            environment: environment, networks: remaining, members: memberships.values.flatMap(\.self), ports: [])
        return NetworkPlan(
            environment: environment, networks: remaining, members: memberships.values.flatMap(\.self),
            ports: ports.filter { served.gatewayMember(of: $0.container) != nil })
    }

    func network(_ name: String) -> Network? { networks.first { $0.name == name } }
}

// MARK: - Attachments

extension NetworkPlan {
    /// An attachment and the network that it belongs to.
    public struct PlannedAttachment: Hashable, Sendable {
        public var network: BridgeNetwork
        public var attachment: Attachment
    }

    /// The attachments of a container, as `eth0`, `eth1`, … in this order.
    ///
    /// - Throws: `.invalidValue` for more networks than interface names can number.
    public func attachments(of container: String) throws(NetworkError) -> [PlannedAttachment] {
        let gateway = gatewayMember(of: container)
        var attachments: [PlannedAttachment] = []
        for (index, member) in members(of: container).enumerated() {
            guard let network = network(member.network) else { continue }
            attachments.append(
                PlannedAttachment(
                    network: network.bridge,
                    attachment: Attachment(
                        hostInterface: InterfaceNaming.veth(
                            environment: environment, network: network.name, container: container),
                        containerInterface: try InterfaceNaming.ethernet(index), address: member.address,
                        mac: member.mac, hasDefaultRoute: member == gateway)))
        }
        return attachments
    }

    /// The address that published ports lead to and that others see: the one in the network of the default route, and
    /// the first one of a container whose networks are all internal. `nil` for a container without networks.
    public func address(of container: String) -> IPv4Address? {
        (gatewayMember(of: container) ?? members(of: container).first)?.address
    }

    /// The membership whose network carries the default route; `nil` when every network is internal.
    ///
    /// The highest `gatewayPriority` decides, then the order of the interfaces.
    func gatewayMember(of container: String) -> Member? {
        let open = members(of: container).filter { network($0.network)?.isInternal == false }
        guard let highest = open.map(\.gatewayPriority).max() else { return nil }
        return open.first { $0.gatewayPriority == highest }
    }
}

// MARK: - Packet filter

extension NetworkPlan {
    /// What the packet filter has to do for the environment.
    ///
    /// - Throws: as `FirewallState` does; `.invalidValue` for port 0 and a loopback address.
    public func firewall() throws(NetworkError) -> FirewallState {
        var published: [PublishedPort] = []
        for port in ports {
            guard let address = address(of: port.container) else { continue }
            published.append(
                try PublishedPort(
                    port.transport, hostAddress: port.hostAddress, hostPort: port.hostPort, containerAddress: address,
                    containerPort: port.containerPort))
        }
        return try FirewallState(
            environment: environment,
            networks: networks.map {
                FirewallState.Network(bridge: $0.bridge.name, subnet: $0.bridge.subnet, isInternal: $0.isInternal)
            }, ports: published)
    }
}
