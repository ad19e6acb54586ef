internal import Glibc
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// The listeners of the supervisor.
extension PortPublication {
    /// A port that could not be opened.
    private struct Refusal {
        var record: PublishedPortRecord
        /// 0 when it is not known.
        var code: Int32
    }

    /// How often a port that was taken from under a container is exchanged for another one.
    private static let exchanges = 20

    /// Opens the listeners of a container that starts. A port that another process has opened since it was claimed is
    /// exchanged where its mapping may move: other users and other programs do not see the claims of this Trice.
    ///
    /// - Parameter records: those of the container.
    func open(_ container: DesiredContainer, _ records: RuntimeRecords) throws {
        var records = records
        for _ in 1...Self.exchanges {
            guard let refusal = try refusal([container.id], records) else { return }
            let mapping = container.ports.first { refusal.record.held.serves($0) }
            guard refusal.code == EADDRINUSE, let mapping,
                mapping.autoCorrects || mapping.isRange || mapping.hostPorts == nil
            else { throw try error(refusal) }
            try workspace.host.runtime.releasePort(refusal.record)
            try claim(container)
            // The packet filter serves none of the loopback's.
            if NetworkPlan.Port(refusal.record) != nil { try workspace.firewall(sink).sync() }
            records = try workspace.records(of: container.id)
        }
        try open([container.id], records)
    }

    /// Opens the listeners of these containers in the supervisor.
    func open(_ containers: [ContainerID], _ records: RuntimeRecords) throws {
        if let refusal = try refusal(containers, records) { throw try error(refusal) }
    }

    /// Opens the listeners of these containers; `nil` when all are open.
    private func refusal(_ containers: [ContainerID], _ records: RuntimeRecords) throws -> Refusal? {
        let asked = Set(containers)
        let ports = records.publishedPorts.filter { $0.isServedBySupervisor && asked.contains(ContainerID($0)) }
        guard !ports.isEmpty else { return nil }
        let plan = try workspace.networkPlan(records)
        let places = Dictionary(uniqueKeysWithValues: asked.map { ($0, plan.place(of: "\($0)")) })
        let wanted = ports.map { port in
            // IPv4 first: a network without it has only the other.
            let place = places[ContainerID(port)] ?? ([], [])
            return ProxyPort(
                container: "\(ContainerID(port))", hostAddresses: port.hostAddress.bindAddresses,
                hostPort: port.hostPort.rawValue, target: port.target, transport: port.transportProtocol,
                containerAddress: place.addresses.first, gatewayAddress: place.gateways.first)
        }
        let result = try workspace.supervisor().publish(wanted)
        guard !result.isPublished else { return nil }
        guard let (port, outcome) = zip(ports, result.ports).first(where: { $0.1.errno != nil }) else {
            throw EngineError(.portTaken, "The ports could not be published.")
        }
        return Refusal(record: port, code: outcome.errno ?? 0)
    }

    private func error(_ refusal: Refusal) throws -> EngineError {
        let port = refusal.record
        let address = port.hostAddress.bindAddresses[0]
        let holder = try HostPort(port.transportProtocol, address: address, port: port.hostPort).holders().first
        return EngineError(
            .portTaken,
            "Port \(port.hostPort)/\(port.transportProtocol) of the host, published by \(port.service), could not be "
                + "opened: \(holder.map { "it is held by \($0)" } ?? "\(Errno(rawValue: refusal.code))").")
    }
}
