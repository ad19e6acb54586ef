package import Netlink
package import Vocabulary

/// The networks of one environment as they have to be: which container is attached where, what the packet filter does
/// and which names resolve to which addresses.
///
/// A pure value: equal inputs give equal attachments, rules and names, in every process and at every time.
package struct NetworkPlan: Hashable, Sendable {
    /// A network and its bridge.
    package struct Network: Hashable, Sendable {
        /// The key under `networks:`.
        package var name: String
        package var bridge: BridgeNetwork
        /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
        package var isInternal: Bool
        /// Whether what leaves the host has the host's address.
        package var masquerades = true
        /// The address that what leaves the host has; `nil` for that of the link that it leaves by.
        package var sourceAddress: IPv4Address?
        /// How IPv4 passes between the network and what lies beyond the host.
        package var gateway = Gateway.translating
        /// The same for IPv6.
        package var ipv6Gateway = Gateway.translating
        /// The beginning of the names of links in containers.
        package var interfacePrefix = "eth"
        /// Whether another environment made the bridge.
        package var isJoined = false

        package init(name: String, bridge: BridgeNetwork, isInternal: Bool = false) {
            self.name = name
            self.bridge = bridge
            self.isInternal = isInternal
        }
    }

    /// How packets pass between a network and what lies beyond the host.
    package enum Gateway: Hashable, Sendable {
        /// Containers have the host's address outside, and are reached by published ports alone.
        case translating
        /// The same, and every port of a container is reached at its own address.
        case open
        /// Containers keep their address, at which their published ports are reached.
        case routed
    }

    /// A container's membership in a network.
    package struct Member: Hashable, Sendable {
        /// The container, such as `web-1`.
        package var container: String
        /// The name of the network.
        package var network: String
        package var address: IPv4Address
        package var mac: MACAddress
        /// The network with the highest number becomes the first interface of the container.
        package var priority: Int
        /// The network with the highest number gets the default route, unless it is internal.
        package var gatewayPriority: Int
        /// `nil` for the one that follows from the number of the IPv4 address.
        package var ipv6Address: IPv6Address?
        /// Further addresses that are valid on the link only.
        package var linkLocalAddresses: [IPAddress] = []
        /// `nil` for `eth0`, `eth1`, ….
        package var interfaceName: InterfaceName?
        /// Settings of the kernel for the link.
        package var sysctls: [String: String] = [:]

        package init(
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
    package struct Port: Hashable, Sendable {
        package var container: String
        package var transport: Transport
        /// The only address of the host on which it is open; `nil` for every one.
        package var hostAddress: IPv4Address?
        package var hostPort: Vocabulary.Port
        package var containerPort: Vocabulary.Port

        package init(
            container: String, transport: Transport, hostAddress: IPv4Address? = nil,
            hostPort: Vocabulary.Port, containerPort: Vocabulary.Port
        ) {
            self.container = container
            self.transport = transport
            self.hostAddress = hostAddress
            self.hostPort = hostPort
            self.containerPort = containerPort
        }
    }

    /// The id of the environment.
    package let environment: String
    package let networks: [Network]
    package let ports: [Port]
    /// The memberships of each container, the one of its first interface first.
    private let memberships: [String: [Member]]

    /// - Parameters:
    ///   - members: a membership whose network is not among `networks` is left out.
    ///   - ports: a port of a container without a membership is left out.
    package init(environment: String, networks: [Network], members: [Member] = [], ports: [Port] = []) {
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
    package func members(of container: String) -> [Member] { memberships[container] ?? [] }

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

    /// The same environment with these of its networks only.
    func limited(to names: [String]) -> NetworkPlan {
        networks.map(\.name).filter { !names.contains($0) }.reduce(self) { $0.removing($1) }
    }

    func network(_ name: String) -> Network? { networks.first { $0.name == name } }
}

// MARK: - Attachments

extension NetworkPlan {
    /// An attachment and the network that it belongs to.
    package struct PlannedAttachment: Hashable, Sendable {
        package var network: BridgeNetwork
        package var attachment: Attachment
    }

    /// The attachments of a container, as `eth0`, `eth1`, … in this order where they have no names of their own.
    ///
    /// - Throws: `.invalidValue` for more networks than interface names can number.
    package func attachments(of container: String) throws(NetworkError) -> [PlannedAttachment] {
        let gateway = gatewayMember(of: container)
        let members = members(of: container)
        let given = Set(members.compactMap(\.interfaceName))
        var attachments: [PlannedAttachment] = []
        var index = 0
        for member in members {
            guard let network = network(member.network) else { continue }
            var name = try InterfaceNaming.interface(network.interfacePrefix, index)
            if let own = member.interfaceName {
                name = own
            } else {
                while given.contains(name) {
                    index += 1
                    name = try InterfaceNaming.interface(network.interfacePrefix, index)
                }
            }
            // One with a name of its own has its number all the same, as with Compose.
            index += 1
            var attachment = Attachment(
                hostInterface: InterfaceNaming.veth(
                    environment: environment, network: network.name, container: container),
                containerInterface: name, address: member.address, mac: member.mac, hasDefaultRoute: member == gateway)
            attachment.ipv6Address = ipv6Address(of: member)
            attachment.linkLocalAddresses = member.linkLocalAddresses
            attachment.sysctls = member.sysctls
            attachments.append(PlannedAttachment(network: network.bridge, attachment: attachment))
        }
        return attachments
    }

    private func ipv6Address(of member: Member) -> IPv6Address? {
        guard let bridge = network(member.network)?.bridge, let ipv6 = bridge.ipv6 else { return nil }
        return member.ipv6Address
            ?? ipv6.address(numbered: member.address.rawValue &- bridge.subnet.address.rawValue)
    }

    /// The addresses of a membership, IPv4 first.
    package func addresses(of member: Member) -> [IPAddress] {
        let usesIPv4 = network(member.network)?.bridge.usesIPv4 != false
        return (usesIPv4 ? [.v4(member.address)] : []) + (ipv6Address(of: member).map { [.v6($0)] } ?? [])
    }

    /// The IPv4 address that published ports lead to and that others see: the one in the network of the default route,
    /// and the first one of a container whose networks are all internal. `nil` for a container without networks.
    package func address(of container: String) -> IPv4Address? {
        addressedMember(of: container).flatMap { member in
            network(member.network)?.bridge.usesIPv4 == false ? nil : member.address
        }
    }

    /// The addresses in the network of `address(of:)`, and the host's on its bridge, IPv4 first.
    package func place(of container: String) -> (addresses: [IPAddress], gateways: [IPAddress]) {
        guard let member = addressedMember(of: container) else { return ([], []) }
        let bridge = network(member.network)?.bridge
        return (addresses(of: member), bridge?.hostAddresses(for: member.address, ipv6Address(of: member)) ?? [])
    }

    private func addressedMember(of container: String) -> Member? {
        gatewayMember(of: container) ?? members(of: container).first
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
    package func firewall() throws(NetworkError) -> FirewallState {
        var published: [PublishedPort] = []
        for port in ports {
            guard let address = address(of: port.container), !isOnParent(port.container) else { continue }
            published.append(
                try PublishedPort(
                    port.transport, hostAddress: port.hostAddress, hostPort: port.hostPort, containerAddress: address,
                    containerPort: port.containerPort))
        }
        return try FirewallState(
            environment: environment,
            // A network of another environment may have several keys in this one.
            networks: Dictionary(grouping: networks.filter { $0.bridge.parent == nil }.map(state), by: \.bridge).values
                .compactMap(\.first),
            ports: published)
    }

    /// Whether a container is reached by way of a link that the host's packets do not pass.
    private func isOnParent(_ container: String) -> Bool {
        addressedMember(of: container).flatMap { network($0.network) }?.bridge.parent != nil
    }

    private func state(of network: Network) -> FirewallState.Network {
        var state = FirewallState.Network(
            bridge: network.bridge.name, subnet: network.bridge.subnet, isInternal: network.isInternal)
        state.furtherSubnets = network.bridge.furtherRanges.map(\.subnet)
        state.ipv6Subnet = network.bridge.ipv6?.subnet
        state.furtherIPv6Subnets = network.bridge.furtherIPv6Ranges.map(\.subnet)
        state.masquerades = network.masquerades && network.gateway != .routed
        state.masqueradesIPv6 = network.masquerades && network.ipv6Gateway != .routed
        state.sourceAddress = network.sourceAddress
        state.isOpen = network.gateway == .open
        state.isOpenToIPv6 = network.ipv6Gateway == .open
        state.isJoined = network.isJoined
        guard network.gateway == .routed || network.ipv6Gateway == .routed else { return state }
        for port in ports {
            for member in members(of: port.container) where member.network == network.name {
                for address in addresses(of: member)
                where (address.bitCount == 32 ? network.gateway : network.ipv6Gateway) == .routed {
                    state.routedPorts.append(
                        FirewallState.RoutedPort(
                            address: address, transport: port.transport, port: port.containerPort))
                }
            }
        }
        return state
    }
}
