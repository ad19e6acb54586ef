internal import Envfile
internal import Netlink
internal import Networks
internal import Planning
internal import Store

extension Workspace {
    /// The plan of the environment's networks by these records.
    func networkPlan(_ records: RuntimeRecords) throws -> NetworkPlan {
        NetworkPlan(
            environment: id.text,
            networks: try records.networks.map { record in
                NetworkPlan.Network(
                    name: record.name, bridge: try record.bridgeNetwork(), isInternal: record.isInternal)
            },
            members: try records.addresses.map { record in
                NetworkPlan.Member(
                    container: "\(ContainerID(service: record.service, number: record.number))",
                    network: record.network, address: try IPv4Address(record.address),
                    mac: try MACAddress(record.macAddress), priority: record.priority,
                    gatewayPriority: record.gatewayPriority)
            }, ports: try records.publishedPorts.compactMap(NetworkPlan.Port.init))
    }

    /// The writer of the environment's packet filter; warnings go to the sink.
    func firewall(_ sink: any EventSink) -> FirewallWriter {
        FirewallWriter(
            plan: { try networkPlan(records()) }, warn: { sink.note("\($0)", isWarning: true) })
    }
}

extension NetworkPlan.Port {
    /// The port of a record; `nil` where the supervisor alone serves it, on the loopback and by IPv6.
    init?(_ record: PublishedPortRecord) throws {
        let hostAddress: IPv4Address?
        switch PortMapping.HostAddress(recordText: record.hostAddress) {
        case .loopback: return nil
        case .any: hostAddress = nil
        case .address(let text):
            guard case .v4(let address) = try IPAddress(text), !address.isLoopback else { return nil }
            hostAddress = address
        }
        self.init(
            container: "\(ContainerID(service: record.service, number: record.number))",
            transport: record.transportProtocol == "udp" ? .udp : .tcp, hostAddress: hostAddress,
            hostPort: record.hostPort, containerPort: record.target)
    }
}

extension NetworkRecord {
    func bridgeNetwork() throws -> BridgeNetwork {
        try BridgeNetwork(name: try InterfaceName(bridge), subnet: try IPv4Network(subnet), group: linkGroup)
    }
}
