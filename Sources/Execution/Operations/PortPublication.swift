internal import Envfile
internal import LinuxSystem
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Published ports: claims across environments and listeners of the supervisor.
struct PortPublication: Sendable {
    let workspace: Workspace
    let sink: any EventSink

    init(workspace: Workspace, sink: any EventSink) {
        self.workspace = workspace
        self.sink = sink
    }

    private var environmentID: EnvironmentID { workspace.id }

    // MARK: - Claiming

    /// Records a host port for every mapping of a container that has none yet.
    ///
    /// - Throws: `EngineError.portTaken` that names the holder where the mapping must not move.
    func claim(_ container: DesiredContainer) throws {
        guard !container.ports.isEmpty else { return }
        let name = container.id.service
        let remembered = try workspace.host.durable.rememberedPorts(environmentID: environmentID)
        var held = try workspace.records().publishedPorts.filter { ContainerID($0) == container.id }
        let open = container.ports.filter { port in
            guard let index = held.firstIndex(where: { $0.held.serves(port) }) else {
                return true
            }
            held.remove(at: index)
            return false
        }
        let numbers = open.map { port in
            candidates(
                port,
                last: remembered.first {
                    $0.service == name && $0.target == port.containerPort && $0.hostAddress == port.hostAddress
                        && $0.transportProtocol == port.transport
                }?.hostPort)
        }
        let firsts = try claimAtOnce(numbers, open, container.id)
        for (index, port) in open.enumerated() {
            let claimed = try firsts[index] ?? claimFirst(of: numbers[index], port, container.id)
            guard let claimed else { throw try taken(port, name) }
            if let wanted = port.hostPorts, !wanted.contains(claimed.hostPort) {
                let holder = try holder(of: wanted.lowerBound, port) ?? "another environment"
                sink.note(
                    "\(name): port \(wanted.lowerBound) is held by \(holder); using \(claimed.hostPort) instead",
                    isWarning: container.id.number == 1)
            }
        }
        try remember(name)
    }

    /// In one write what is free at first sight; `nil` in place of what has to look further.
    private func claimAtOnce(
        _ numbers: [[Port]], _ ports: [DesiredContainer.PublishedPort], _ id: ContainerID
    ) throws -> [PublishedPortRecord?] {
        let wanted = try zip(numbers, ports).map { numbers, port in
            try numbers.first.flatMap { try isFree($0, port) ? $0 : nil }.map { number in
                PublishedPortRecord(
                    environmentID: environmentID, service: id.service, number: id.number,
                    hostAddress: port.hostAddress, hostPort: number, target: port.containerPort,
                    transportProtocol: port.transport)
            }
        }
        var granted = try workspace.host.runtime.claimPorts(wanted.compactMap(\.self))[...]
        return wanted.map { record in record.flatMap { granted.removeFirst() ? $0 : nil } }
    }

    /// The first port that neither a record nor a process of the host holds.
    private func claimFirst(
        of numbers: [Port], _ port: DesiredContainer.PublishedPort, _ id: ContainerID
    ) throws -> PublishedPortRecord? {
        for number in numbers where try isFree(number, port) {
            let claimed = try workspace.host.runtime.claimPort(
                environmentID: environmentID, service: id.service, number: id.number,
                hostAddress: port.hostAddress, target: port.containerPort, transportProtocol: port.transport,
                candidates: CollectionOfOne(number))
            if let claimed { return claimed }
        }
        return nil
    }

    private func candidates(_ port: DesiredContainer.PublishedPort, last: Port?) -> [Port] {
        guard let wanted = port.hostPorts else {
            return [last].compactMap(\.self) + workspace.host.usablePorts.shuffled().prefix(64)
        }
        var all = Array(wanted)
        guard port.autoCorrects else { return all }
        if let last, !wanted.contains(last) { all.insert(last, at: 0) }
        // The wanted port comes first again as soon as it is free.
        all = [wanted.lowerBound] + all.filter { $0 != wanted.lowerBound }
        // The settings say which ports may be taken instead; without them it is the next ones.
        if let usable = workspace.host.usablePortRange { return all + usable.filter { !wanted.contains($0) } }
        let next = Int(wanted.upperBound.rawValue) + 1
        return all + (next..<next + 200).compactMap { Port(exactly: $0) }
    }

    func isFree(_ number: Port, _ port: DesiredContainer.PublishedPort) throws -> Bool {
        return try port.hostAddress.bindAddresses.allSatisfy { address in
            do {
                return try HostPort(port.transport, address: address, port: number).isFree()
            } catch let error as NetworkError where error.code == .addressNotLocal && address.bitCount == 128 {
                // A host without IPv6.
                return true
            }
        }
    }

    func taken(_ port: DesiredContainer.PublishedPort, _ service: ServiceName) throws -> EngineError {
        guard let wanted = port.hostPorts else {
            return EngineError(.portTaken, "No free host port was found for \(service):\(port.containerPort).")
        }
        if port.isRange {
            return EngineError(
                .portTaken,
                "Of the ports \(wanted)/\(port.transport) of the host, published by \(service), none is left: "
                    + "\(try holders(of: wanted, port)). Free one, or publish a larger range.")
        }
        let holder = try holder(of: wanted.lowerBound, port) ?? "another process"
        return EngineError(
            .portTaken,
            "Port \(wanted)/\(port.transport) of the host, published by \(service), is held by "
                + "\(holder). Stop it, or publish another port.")
    }

    /// Who has the ports of a range, in words.
    private func holders(of wanted: PortRange, _ port: DesiredContainer.PublishedPort) throws -> String {
        var named: [String] = []
        var isComplete = true
        for number in wanted {
            if named.count < 3, let holder = try holder(of: number, port) {
                named.append("\(number) is held by \(holder)")
            } else {
                isComplete = false
            }
        }
        if !isComplete {
            named.append((named.isEmpty ? "all" : "the others") + " go to containers of this environment")
        }
        return named.joined(separator: ", ")
    }

    /// The holder of a host port, in words: another environment of Trice, or a process.
    private func holder(of number: Port, _ port: DesiredContainer.PublishedPort) throws -> String? {
        let records = try workspace.host.runtime.portHolders(
            hostAddress: port.hostAddress, hostPort: number, transportProtocol: port.transport)
        if let record = records.first {
            return "\(record.service)-\(record.number) of environment \(record.environmentID)"
        }
        for address in port.hostAddress.bindAddresses {
            let holders = try HostPort(port.transport, address: address, port: number).holders()
            if let first = holders.first { return "\(first)" }
        }
        return nil
    }

    private func remember(_ service: ServiceName) throws {
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
}

extension PublishedPortRecord {
    /// The port as planning sees it.
    var held: HeldPort {
        HeldPort(hostAddress: hostAddress, hostPort: hostPort, target: target, transport: transportProtocol)
    }

    /// Whether it is open only while the supervisor listens; else the packet filter alone serves it.
    var isServedBySupervisor: Bool { transportProtocol != .sctp }

    /// What the supervisor tells it by.
    fileprivate var served: ServedPort {
        ServedPort(
            container: "\(ContainerID(self))", hostPort: hostPort.rawValue, target: target, transport: transportProtocol
        )
    }
}

/// What a port of the supervisor and its record have in common.
private struct ServedPort: Hashable {
    var container: String
    var hostPort: UInt16
    var target: Port
    var transport: Transport
}

extension Workspace {
    /// The ports of records that are open at this moment: none where no supervisor lives.
    func openPorts(_ records: RuntimeRecords) throws -> Set<PublishedPortRecord> {
        guard !records.publishedPorts.isEmpty, let supervisor = try runningSupervisor() else { return [] }
        // One that cannot tell has opened what is recorded.
        guard let open = try supervisor.openPorts() else { return Set(records.publishedPorts) }
        let served = Set(
            open.map {
                ServedPort(
                    container: $0.container, hostPort: $0.hostPort, target: $0.target, transport: $0.transport)
            })
        return Set(records.publishedPorts.filter { !$0.isServedBySupervisor || served.contains($0.served) })
    }
}
