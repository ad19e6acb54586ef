internal import Envfile
internal import Netlink
package import Networks
internal import Planning
internal import Store
internal import Vocabulary
package import Workspaces

extension Workspace {
    /// The plan of the environment's networks by these records.
    func networkPlan(_ records: RuntimeRecords) throws -> NetworkPlan {
        NetworkPlan(
            environment: id.text,
            networks: try records.networks.map { record in
                var network = NetworkPlan.Network(
                    name: record.name.rawValue, bridge: try record.bridgeNetwork(), isInternal: record.isInternal)
                network.apply(record.decodedConfiguration?.options ?? BridgeOptions())
                network.isJoined = record.ownerID != nil
                return network
            },
            members: try records.addresses.map { record in
                var member = NetworkPlan.Member(
                    container: "\(ContainerID(record))",
                    network: record.network.rawValue, address: record.address, mac: record.macAddress,
                    priority: record.priority,
                    gatewayPriority: record.gatewayPriority)
                member.ipv6Address = record.settings.ipv6Address
                member.linkLocalAddresses = record.settings.linkLocalAddresses ?? []
                member.sysctls = record.settings.sysctls ?? [:]
                member.interfaceName = try record.settings.interfaceName.map { try InterfaceName($0) }
                return member
            }, ports: records.publishedPorts.compactMap(NetworkPlan.Port.init))
    }

    /// The packet filter, with what is known of the environment's rules.
    var packetFilter: NFTables { NFTables(seal: FirewallSeal(host.layout.firewallSeal(of: id))) }

    /// The writer of the environment's packet filter; warnings go to the sink.
    package func firewall(_ sink: any EventSink) -> FirewallWriter {
        FirewallWriter(
            filter: packetFilter, plan: { try networkPlan(records()) }, warn: { sink.note("\($0)", isWarning: true) },
            forget: { ports, subnets in
                try StaleFlows.forget(ports: ports + portsOfOthers(), subnets: subnets)
            })
    }

    /// The published ports of other environments whose containers are in the environment's networks.
    private func portsOfOthers() throws -> [PublishedPort] {
        let others = try records().networks.flatMap { try host.runtime.others(onBridge: $0.bridge, than: id) }
        return try Set(others.map(\.environmentID)).flatMap { other in
            let workspace = Workspace(id: other, host: host)
            return try workspace.networkPlan(try workspace.records()).firewall().ports
        }
    }
}

extension NetworkPlan.Network {
    /// What `driver_opts` say of the way between the network and what lies beyond the host.
    fileprivate mutating func apply(_ options: BridgeOptions) {
        masquerades = options.keepsAddresses != true
        gateway = NetworkPlan.Gateway(options.gatewayMode)
        ipv6Gateway = NetworkPlan.Gateway(options.ipv6GatewayMode)
        sourceAddress = options.sourceAddress
        interfacePrefix = options.interfacePrefix ?? interfacePrefix
    }
}

extension NetworkPlan.Gateway {
    fileprivate init(_ mode: BridgeOptions.GatewayMode?) {
        self =
            switch mode {
            case .unprotected: .open
            case .routed: .routed
            case .nat, .isolated, nil: .translating
            }
    }
}

extension NetworkPlan.Port {
    /// The port of a record; `nil` where the supervisor alone serves it, on the loopback and by IPv6.
    init?(_ record: PublishedPortRecord) {
        let hostAddress: IPv4Address?
        switch record.hostAddress {
        case .loopback: return nil
        case .any: hostAddress = nil
        case .address(let given):
            guard case .v4(let address) = given, !address.isLoopback else { return nil }
            hostAddress = address
        }
        self.init(
            container: "\(ContainerID(record))",
            transport: record.transportProtocol, hostAddress: hostAddress,
            hostPort: record.hostPort, containerPort: record.target)
    }
}

extension ParentLink {
    init(_ options: ParentOptions) throws {
        let child: ChildLink =
            switch options.driver {
            case .macvlan: .macvlan(options.mode.flatMap { ChildLink.MacvlanMode(rawValue: $0) } ?? .bridge)
            case .ipvlan:
                .ipvlan(
                    options.mode.flatMap { ChildLink.IpvlanMode(rawValue: $0) } ?? .l2,
                    options.flag.flatMap { ChildLink.IpvlanFlag(rawValue: $0) } ?? .bridge)
            }
        self.init(name: try InterfaceName(options.parent), child: child)
    }
}

extension NetworkRecord {
    /// The link of the host whose end is that of the network.
    var linkName: String { decodedConfiguration?.parent?.parent ?? bridge }

    func bridgeNetwork() throws -> BridgeNetwork {
        let configuration = decodedConfiguration ?? NetworkConfiguration()
        var network = try BridgeNetwork(
            name: try InterfaceName(bridge), subnet: subnet, group: linkGroup, gateway: configuration.gateway)
        network.furtherRanges = try configuration.furtherPools.map { try IPv4Range($0.subnet, gateway: $0.gateway) }
        network.usesIPv4 = configuration.usesIPv4
        network.parent = try configuration.parent.map(ParentLink.init)
        network.mtu = configuration.options.mtu
        network.hasIPv4Gateway =
            configuration.options.gatewayMode != .isolated && configuration.options.inhibitsAddress != true
        network.hasIPv6Gateway = configuration.options.ipv6GatewayMode != .isolated
        network.isolatesContainers = configuration.options.isolatesContainers == true
        if configuration.usesIPv6 {
            network.ipv6 =
                try configuration.ipv6Subnet.map { try IPv6Range($0, gateway: configuration.ipv6Gateway) }
                ?? IPv6Range.uniqueLocal(
                    environment: (ownerID ?? environmentID).text, network: (ownerNetwork ?? name).rawValue)
            network.furtherIPv6Ranges = try configuration.furtherIPv6Pools.map {
                try IPv6Range($0.subnet, gateway: $0.gateway)
            }
        }
        return network
    }
}
