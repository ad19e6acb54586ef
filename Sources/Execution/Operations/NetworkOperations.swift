package import Envfile
package import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
package import Store
internal import Supervisor
internal import SupervisorProtocol
internal import Synchronization
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// Makes and removes bridges, and attaches containers to them as the network plan says. The packet filter has operations
/// of its own.
package final class NetworkOperations: Sendable {
    private let workspace: Workspace
    /// Lets one network come or go at a time: what the environment's networks have in common is made with the first one
    /// and goes with the last one.
    private let changes = Mutex(())

    package init(workspace: Workspace) {
        self.workspace = workspace
    }

    private var environmentID: EnvironmentID { workspace.id }

    /// Creates the bridge of a network, after its record, or joins the one of another environment; repeatable.
    package func create(_ network: Envfile.Network) throws {
        try changes.withLock { _ in
            if network.identity.isExternal { try join(network) } else { try createAlone(network) }
        }
    }

    private func createAlone(_ network: Envfile.Network) throws {
        let store = workspace.host.runtime
        let group = try store.claimLinkGroup(
            environmentID: environmentID, from: InterfaceNaming.group(environment: environmentID.text))
        let socket = try NetlinkSocket()
        let configuration = NetworkConfiguration(of: network)
        let request = workspace.subnetRequest(of: configuration)
        // On a link of the host the host's own route to the subnet is no obstacle.
        let occupied = configuration.parent == nil ? try AddressPool.occupied(over: socket) : []
        // Who names a subnet may want it although the host has a route there.
        let outside = configuration.subnet == nil ? try AddressPool.occupiedOutside() : []
        let candidates = try request.candidates(avoiding: occupied + outside)
        let further = try configuration.furtherPools.flatMap {
            try SubnetRequest.named($0.subnet).candidates(avoiding: occupied)
        }
        let bridge =
            try configuration.options.bridgeName.map { try InterfaceName($0) }
            ?? InterfaceNaming.bridge(environment: environmentID.text, network: network.name.rawValue)
        let record = try store.claimSubnet(
            environmentID: environmentID, network: network.name, bridge: bridge.rawValue, linkGroup: group,
            configuration: try configuration.encodedText, isInternal: network.isInternal,
            candidates: candidates, further: further)
        guard let record else {
            throw EngineError(
                .unsupportedHost,
                "No free subnet was found for network \(network.name): every one meets a route, an address or another "
                    + "network of this host. \(request.remedy(network: network.name.rawValue))")
        }
        do {
            try record.bridgeNetwork().create(over: socket)
            try HostSettings(layout: workspace.layout).acquireForwarding(
                for: workspace.id, ipv6: configuration.usesIPv6 && !configuration.isInternal)
            try store.markNetworkCreated(environmentID: environmentID, name: network.name)
        } catch {
            // The failure that is thrown says more than one of the clean-up.
            try? removeAlone(network.name)
            throw error
        }
    }

    /// Records that the environment uses the network of another one, whose bridge is there.
    private func join(_ network: Envfile.Network) throws {
        let store = workspace.host.runtime
        let wanted = network.identity.customName ?? network.name.rawValue
        let external = try ExternalNetwork(named: wanted, for: workspace)
        let group = try store.claimLinkGroup(
            environmentID: environmentID, from: InterfaceNaming.group(environment: environmentID.text))
        let configuration = external.configuration(askedForAs: wanted, for: network.externalServices)
        _ = try store.joinNetwork(
            environmentID: environmentID, network: network.name, of: external.record,
            linkGroup: group, configuration: try configuration.encodedText)
        // The records of both are there before either looks: of two that come up at once, one at least sees the circle.
        if network.externalServices != nil, let circle = try workspace.host.circle(through: environmentID) {
            try removeAlone(network.name)
            throw EngineError.circle(of: circle)
        }
        try HostSettings(layout: workspace.layout).acquireForwarding(
            for: workspace.id, ipv6: configuration.usesIPv6 && !configuration.isInternal)
    }

    /// Removes a network; the packet filter knows it no longer.
    package func remove(_ name: NetworkName) throws {
        try changes.withLock { _ in try removeAlone(name) }
    }

    private func removeAlone(_ name: NetworkName) throws {
        let records = try workspace.records()
        guard let record = records.networks.first(where: { $0.name == name }) else { return }
        let isLast = records.networks.count == 1
        let isJoined = record.ownerID != nil
        if let user = try workspace.networkUsers(records)[record.name]?.first {
            throw EngineError(
                .planFailed, "The network `\(name)` stays, because environment \(user) uses it. Take that down first.")
        }
        let socket = try NetlinkSocket()
        if isLast {
            try BridgeNetwork.remove(group: record.linkGroup, bridges: isJoined ? [] : [record.bridge], over: socket)
            try HostSettings(layout: workspace.layout).releaseForwarding(for: workspace.id)
        } else if !isJoined {
            try BridgeNetwork.detach(try InterfaceName(record.bridge), over: socket)
        }
        try workspace.host.runtime.deleteNetwork(environmentID: environmentID, name: record.name)
        if isLast { try workspace.host.runtime.releaseLinkGroup(environmentID: environmentID) }
        if isJoined { try SharedNameTable(workspace: workspace).refresh(onBridge: record.bridge) }
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

    /// Whether the host's sides of all attachments of a container are ports of their bridges.
    func isConnected(_ id: ContainerID, _ records: RuntimeRecords) throws -> Bool {
        let links = try NetlinkSocket().links()
        return try workspace.networkPlan(records).attachments(of: "\(id)").allSatisfy { planned in
            if let parent = planned.network.parent { return links.contains { $0.name == parent.name.rawValue } }
            let bridge = links.first { $0.name == planned.network.name.rawValue }
            let port = links.first { $0.name == planned.attachment.hostInterface.rawValue }
            return bridge != nil && port?.master == bridge?.index && port?.isUp == true
        }
    }

    /// Makes a network namespace with the container's attachments; it lives as long as something holds it.
    package func prepare(_ id: ContainerID, _ records: RuntimeRecords) throws -> OwnedDescriptor {
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

extension Workspace {
    /// What the Envfile names goes before the settings.
    func subnetRequest(of configuration: NetworkConfiguration) -> SubnetRequest {
        if let subnet = configuration.subnet { return .named(subnet) }
        return host.addressPools.map { .settings($0) } ?? .anyFree
    }
}

extension NetworkConfiguration {
    /// The JSON that a record keeps.
    fileprivate var encodedText: String {
        get throws {
            try JSONCoding.text(self)
        }
    }
}
