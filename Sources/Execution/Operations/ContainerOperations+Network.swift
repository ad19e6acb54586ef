internal import Containers
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import Vocabulary
internal import Workspaces

/// The place of a container in its networks.
extension ContainerOperations {
    /// Claims the address in a network that the container wants, or a free one.
    func claimAddress(
        _ attachment: DesiredContainer.Attachment, _ container: DesiredContainer, _ networks: [NetworkRecord]
    ) throws {
        let record = networks.first { $0.name == attachment.network }
        let configuration = record?.decodedConfiguration ?? NetworkConfiguration()
        let reserved =
            configuration.reserved + configuration.furtherPools.flatMap(\.reserved)
            + (container.reservedAddresses?[attachment.network] ?? [])
        let network = try record?.bridgeNetwork()
        var taken = reserved + (network?.ranges.map(\.gateway) ?? [])
        if let parent = network?.parent {
            // The host's own address on the link is no container's.
            let socket = try NetlinkSocket()
            let link = try socket.link(parent.name)?.index
            for case .v4(let address) in try socket.addresses().filter({ $0.link == link }).map(\.address) {
                taken.append(address)
            }
        }
        var request = AddressRequest(
            address: attachment.ipv4Address, macAddress: attachment.macAddress, range: configuration.range,
            avoided: Set(taken), priority: attachment.priority ?? 0, gatewayPriority: attachment.gatewayPriority ?? 0,
            settings: AddressSettings(
                ipv6Address: attachment.ipv6Address, linkLocalAddresses: attachment.linkLocalAddresses,
                interfaceName: attachment.interfaceName, sysctls: attachment.sysctls))
        request.furtherRanges = configuration.furtherPools.map(\.range)
        let address = try store.claimAddress(
            environmentID: workspace.id, network: attachment.network, service: container.id.service,
            number: container.id.number, request)
        guard address == nil else { return }
        let wanted = attachment.ipv4Address.map { "The address \($0) in network \(attachment.network) is taken." }
        throw EngineError(
            .unsupportedHost, wanted ?? "Network \(attachment.network) has no free address left.")
    }

    /// The network of a container that is made: its own, prepared now, or the one of another.
    func connect(
        _ container: DesiredContainer, _ records: RuntimeRecords
    ) throws -> ContainerConfiguration.Namespace {
        switch container.networkSource {
        case .host: .host
        case .container(let other):
            .path(SupervisorClient.namespacePath(of: "\(other)", runDirectory: workspace.runDirectory))
        case .foreign(let name): .path(try ForeignContainer(named: name, on: workspace.host).namespace)
        case nil: .path(try network.connect(container.id, records))
        }
    }
}
