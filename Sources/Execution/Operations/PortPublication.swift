internal import Envfile
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID
internal import enum Vocabulary.HostAddress
internal import enum Vocabulary.Transport

/// Published ports: claims across environments and listeners of the supervisor.
struct PortPublication: Sendable {
    let workspace: Workspace
    let sink: any EventSink

    init(workspace: Workspace, sink: any EventSink) {
        self.workspace = workspace
        self.sink = sink
    }

    private var environmentID: String { workspace.id.text }

    // MARK: - Claiming

    /// Records a host port for every mapping of a container that is being created.
    ///
    /// - Throws: `EngineError.portTaken` that names the holder where the mapping must not move.
    func claim(_ container: DesiredContainer) throws {
        guard !container.ports.isEmpty else { return }
        let name = "\(container.id.service)"
        let remembered = try workspace.host.durable.rememberedPorts(environmentID: environmentID)
        for port in container.ports where port.transport != .sctp {
            let address = "\(port.hostAddress)"
            let last = remembered.first {
                $0.service == name && $0.target == port.target && $0.hostAddress == address
                    && $0.transportProtocol == "\(port.transport)"
            }?.hostPort
            let claimed = try claimFirst(of: candidates(port, last: last), port, container.id)
            guard let claimed else { throw try taken(port, name) }
            if let wanted = port.hostNumbers, !wanted.contains(claimed.hostPort) {
                let holder = try holder(of: wanted.lowerBound, port) ?? "another environment"
                sink.note(
                    "\(name): port \(wanted.lowerBound) is held by \(holder); using \(claimed.hostPort) instead",
                    isWarning: true)
            }
        }
        try remember(name)
    }

    /// Checks that every port that must not move is free.
    ///
    /// - Parameter own: what the environment holds already and may keep.
    /// - Throws: `EngineError.portTaken` that names the holder.
    func check(_ container: DesiredContainer, own: [PublishedPortRecord]) throws {
        for port in container.ports where !port.autoCorrects && port.transport != .sctp {
            guard let wanted = port.hostNumbers else { continue }
            let isOwn = own.contains { ContainerID($0) == container.id && wanted.contains($0.hostPort) }
            if isOwn { continue }
            let isFree = try wanted.contains { number in
                let holders = try workspace.host.runtime.portHolders(
                    hostAddress: "\(port.hostAddress)", hostPort: number, transportProtocol: "\(port.transport)")
                guard holders.isEmpty else { return false }
                return try self.isFree(number, port)
            }
            if !isFree { throw try taken(port, "\(container.id.service)") }
        }
    }

    /// The first port that neither a record nor a process of the host holds.
    private func claimFirst(
        of numbers: [UInt16], _ port: DesiredContainer.PublishedPort, _ id: ContainerID
    ) throws -> PublishedPortRecord? {
        for number in numbers where try isFree(number, port) {
            let claimed = try workspace.host.runtime.claimPort(
                environmentID: environmentID, service: "\(id.service)", number: id.number,
                hostAddress: "\(port.hostAddress)", target: port.target, transportProtocol: "\(port.transport)",
                candidates: CollectionOfOne(number))
            if let claimed { return claimed }
        }
        return nil
    }

    private func candidates(_ port: DesiredContainer.PublishedPort, last: UInt16?) -> [UInt16] {
        guard let wanted = port.hostNumbers else {
            // Where the kernel hands out ports by itself they would be gone sooner or later.
            return [last].compactMap(\.self) + (20_000...32_000).shuffled().prefix(64).map { UInt16($0) }
        }
        var all = Array(wanted)
        guard port.autoCorrects else { return all }
        if let last, !wanted.contains(last) { all.insert(last, at: 0) }
        // The wanted port comes first again as soon as it is free.
        if let first = wanted.first { all = [first] + all.filter { $0 != first } }
        let next = Int(wanted.upperBound) + 1
        return all + (next..<min(next + 200, 65_536)).map { UInt16($0) }
    }

    private func isFree(_ number: UInt16, _ port: DesiredContainer.PublishedPort) throws -> Bool {
        let transport = TransportProtocol(port.transport)
        return try port.hostAddress.bindAddresses.allSatisfy { text in
            do {
                return try HostPort(transport, address: try IPAddress(text), port: number).isFree()
            } catch let error as NetworkError where error.code == .addressNotLocal && text.contains(":") {
                // A host without IPv6.
                return true
            }
        }
    }

    private func taken(_ port: DesiredContainer.PublishedPort, _ service: String) throws -> EngineError {
        guard let wanted = port.hostNumbers else {
            return EngineError(.portTaken, "No free host port was found for \(service):\(port.target).")
        }
        let first = wanted.lowerBound
        let shown = wanted.count == 1 ? "\(first)" : "\(first)-\(wanted.upperBound)"
        let holder = try holder(of: first, port) ?? "another process"
        return EngineError(
            .portTaken,
            "Port \(shown)/\(port.transport) of the host, published by \(service), is held by "
                + "\(holder). Stop it, or publish another port.")
    }

    /// The holder of a host port, in words: another environment of Trice, or a process.
    private func holder(of number: UInt16, _ port: DesiredContainer.PublishedPort) throws -> String? {
        let records = try workspace.host.runtime.portHolders(
            hostAddress: "\(port.hostAddress)", hostPort: number, transportProtocol: "\(port.transport)")
        if let record = records.first {
            return "\(record.service)-\(record.number) of environment \(record.environmentID)"
        }
        let transport = TransportProtocol(port.transport)
        for text in port.hostAddress.bindAddresses {
            let holders = try HostPort(transport, address: try IPAddress(text), port: number).holders()
            if let first = holders.first { return "\(first)" }
        }
        return nil
    }

    private func remember(_ service: String) throws {
        let ports = try workspace.records().publishedPorts.filter { $0.service == service }
        let records = ports.map {
            PortRecord(
                environmentID: environmentID, service: $0.service, target: $0.target,
                transportProtocol: $0.transportProtocol, hostAddress: $0.hostAddress, hostPort: $0.hostPort)
        }
        let known = try workspace.host.durable.rememberedPorts(environmentID: environmentID)
            .filter { $0.service == service }
        // A durable write costs a sync of the disk: only when something is new.
        if Set(known) != Set(records) {
            try workspace.host.durable.remember(records, environmentID: environmentID, service: service)
        }
    }

    // MARK: - Opening

    /// Opens the listeners of these containers in the supervisor.
    func open(_ containers: [ContainerID], _ records: RuntimeRecords) throws {
        let ports = records.publishedPorts.filter { port in
            containers.contains(ContainerID(port))
        }
        guard !ports.isEmpty else { return }
        let plan = try workspace.networkPlan(records)
        let wanted = try ports.map { port in
            ProxyPort(
                container: "\(port.service)-\(port.number)",
                hostAddresses: try HostAddress(port.hostAddress).bindAddresses,
                hostPort: port.hostPort, target: port.target,
                transport: port.transportProtocol == "udp" ? .udp : .tcp,
                containerAddress: plan.address(of: "\(port.service)-\(port.number)").map { "\($0)" })
        }
        let result = try workspace.supervisor().publish(wanted)
        guard !result.isPublished else { return }
        let failed = zip(ports, result.ports).first { $0.1.errno != nil }
        guard let (port, outcome) = failed else {
            throw EngineError(.portTaken, "The ports could not be published.")
        }
        let transport: TransportProtocol = port.transportProtocol == "udp" ? .udp : .tcp
        let address = try HostAddress(port.hostAddress).bindAddresses[0]
        let holder = try HostPort(transport, address: try IPAddress(address), port: port.hostPort).holders().first
        throw EngineError(
            .portTaken,
            "Port \(port.hostPort)/\(port.transportProtocol) of the host, published by \(port.service), could not be "
                + "opened: \(holder.map { "it is held by \($0)" } ?? "\(Errno(rawValue: outcome.errno ?? 0))").")
    }

}

extension HostAddress {
    /// What a listener binds to.
    var bindAddresses: [String] {
        switch self {
        case .loopback: ["127.0.0.1", "::1"]
        case .any: ["0.0.0.0", "::"]
        case .address(let address): ["\(address)"]
        }
    }
}

extension TransportProtocol {
    init(_ transport: Transport) {
        self = transport == .udp ? .udp : .tcp
    }
}
