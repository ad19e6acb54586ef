internal import Envfile
internal import FoundationEssentials
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import Synchronization
internal import SystemPackage

/// Makes and removes bridges, and attaches containers to them as the network plan says.
final class NetworkOperations: Sendable {
    private let workspace: Workspace
    private let firewall: FirewallWriter
    /// Orders removals: only the last one takes what the environment's networks have in common.
    private let removals = Mutex(())

    init(workspace: Workspace, firewall: FirewallWriter) {
        self.workspace = workspace
        self.firewall = firewall
    }

    private var environmentID: String { workspace.id.text }

    func create(_ network: Envfile.Network) throws {
        let store = workspace.host.runtime
        let group = try store.claimLinkGroup(
            environmentID: environmentID, from: InterfaceNaming.group(environment: environmentID))
        let socket = try NetlinkSocket()
        let candidates = AddressPool.standard.candidates(avoiding: try AddressPool.occupied(over: socket))
        let bridge = InterfaceNaming.bridge(environment: environmentID, network: network.name)
        let record = try store.claimSubnet(
            environmentID: environmentID, network: network.name, bridge: bridge.rawValue, linkGroup: group,
            configuration: try NetworkConfiguration(of: network).encodedText, isInternal: network.isInternal,
            candidates: candidates.lazy.map(\.description))
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
            // The failure that is thrown says more than one of the clean-up.
            try? remove(network.name)
            throw error
        }
    }

    func remove(_ name: String) throws {
        try removals.withLock { _ in try removeAlone(name) }
    }

    private func removeAlone(_ name: String) throws {
        let records = try workspace.records()
        guard let record = records.networks.first(where: { $0.name == name }) else { return }
        let isLast = records.networks.count == 1
        let socket = try NetlinkSocket()
        if isLast {
            try firewall.sync(without: name)
            try BridgeNetwork.remove(group: record.linkGroup, over: socket)
            try HostSettings(layout: workspace.layout).releaseForwarding(for: workspace.id)
        } else {
            firewall.markStale()
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

    /// Makes a network namespace with the container's attachments; it lives as long as something holds it.
    func prepare(_ id: ContainerID, _ records: RuntimeRecords) throws -> OwnedDescriptor {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket()
        let attachments = try workspace.networkPlan(records).attachments(of: "\(id)")
        for planned in attachments {
            try planned.network.attach(container: namespace, as: planned.attachment, over: socket)
        }
        if attachments.isEmpty { try loopbackUp(in: namespace) }
        return namespace
    }

    private func loopbackUp(in namespace: borrowing OwnedDescriptor) throws {
        _ = try NetlinkSocket(in: namespace).perform(.setUp(.loopback))
    }
}

extension NetworkConfiguration {
    /// The JSON that a record keeps.
    fileprivate var encodedText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
