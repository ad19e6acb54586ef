package import Envfile
package import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
package import Store
internal import Supervisor
internal import SystemPackage
package import Workspaces

package import struct Vocabulary.ContainerID

/// Bridges and the places of containers on them.
package struct NetworkOperations: Sendable {
    let workspace: Workspace

    package init(workspace: Workspace) {
        self.workspace = workspace
    }

    private var environmentID: String { workspace.id.text }

    package func create(_ network: Envfile.Network) throws {
        let store = workspace.host.runtime
        let group = try store.claimLinkGroup(
            environmentID: environmentID, from: InterfaceNaming.group(environment: environmentID))
        let socket = try NetlinkSocket()
        let candidates = AddressPool.standard.candidates(avoiding: try AddressPool.occupied(over: socket))
        let bridge = InterfaceNaming.bridge(environment: environmentID, network: network.name)
        let record = try store.claimSubnet(
            environmentID: environmentID, network: network.name, bridge: bridge.rawValue, linkGroup: group,
            configuration: "\(ConfigurationHash(of: network))", candidates: candidates.lazy.map(\.description))
        guard let record else {
            throw EngineError(
                .unsupportedHost,
                "No free subnet was found for network \(network.name): every candidate of 10.0.0.0/8, 172.16.0.0/12 and "
                    + "192.168.0.0/16 meets a route or an address of this host.")
        }
        do {
            try record.bridgeNetwork().create(over: socket)
            try HostSettings(layout: workspace.layout).acquireForwarding(for: workspace.id)
            try store.markNetworkCreated(environmentID: environmentID, name: network.name)
        } catch {
            // What failed half-way is undone at once; the failure that is thrown says more than that of the undoing.
            try? remove(network.name)
            throw error
        }
    }

    package func remove(_ name: String) throws {
        let records = try workspace.records()
        guard let record = records.networks.first(where: { $0.name == name }) else { return }
        let isLast = records.networks.count == 1
        let socket = try NetlinkSocket()
        if isLast {
            try NFTables().remove(environmentID, bridges: [try InterfaceName(record.bridge)])
            try BridgeNetwork.remove(group: record.linkGroup, over: socket)
            try HostSettings(layout: workspace.layout).releaseForwarding(for: workspace.id)
        } else {
            try BridgeNetwork.detach(try InterfaceName(record.bridge), over: socket)
        }
        try workspace.host.runtime.deleteNetwork(environmentID: environmentID, name: name)
        if isLast { try workspace.host.runtime.releaseLinkGroup(environmentID: environmentID) }
    }

    /// Makes a network namespace with the container's attachments, and gives it to the supervisor to hold.
    ///
    /// - Returns: the path by which the runtime finds it.
    func connect(_ id: ContainerID, _ records: RuntimeRecords) throws -> FilePath {
        let namespace = try prepare(id, records)
        let paths = try workspace.supervisor().hold([("\(id)", namespace.rawValue)])
        guard let path = paths["\(id)"] else {
            throw EngineError(.supervisor, "The supervisor did not take the network namespace of \(id).")
        }
        return path
    }

    /// Makes a network namespace with the container's attachments; it lives as long as somebody holds it.
    package func prepare(_ id: ContainerID, _ records: RuntimeRecords) throws -> OwnedDescriptor {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket()
        let own = records.addresses.filter { ContainerID($0) == id }
        for (index, address) in own.enumerated() {
            guard let network = records.networks.first(where: { $0.name == address.network }) else { continue }
            let attachment = Attachment(
                hostInterface: InterfaceNaming.veth(
                    environment: environmentID, network: network.name, container: "\(id)"),
                containerInterface: try InterfaceName("eth\(index)"), address: try IPv4Address(address.address),
                mac: try MACAddress(address.macAddress), hasDefaultRoute: index == 0)
            try network.bridgeNetwork().attach(container: namespace, as: attachment, over: socket)
        }
        if own.isEmpty { try loopbackUp(in: namespace) }
        return namespace
    }

    private func loopbackUp(in namespace: borrowing OwnedDescriptor) throws {
        _ = try NetlinkSocket(in: namespace).perform(.setUp(.loopback))
    }
}

extension NetworkRecord {
    func bridgeNetwork() throws -> BridgeNetwork {
        try BridgeNetwork(name: try InterfaceName(bridge), subnet: try IPv4Network(subnet), group: linkGroup)
    }

    /// Whether it was made from a network that is `internal`.
    var isInternal: Bool {
        configuration == "\(ConfigurationHash(of: Envfile.Network(name: name, isInternal: true)))"
    }
}
