internal import Envfile
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage

/// Published ports: claims across environments and listeners of the supervisor.
struct PortPublication: Sendable {
    let workspace: Workspace
    let sink: any EventSink

    private var environmentID: String { workspace.id.text }

    // MARK: - Claiming

    /// Records a host port for every mapping of a container that is being created.
    ///
    /// - Throws: `EngineError.portTaken` that names the holder where the mapping must not move.
    func claim(_ service: Service, _ id: ContainerID) throws {
        guard !service.ports.isEmpty else { return }
        let remembered = try workspace.host.durable.rememberedPorts(environmentID: environmentID)
        for mapping in service.ports where mapping.transportProtocol != .sctp {
            let address = mapping.hostAddress.recordText
            let last = remembered.first {
                $0.service == service.name && $0.target == mapping.target && $0.hostAddress == address
                    && $0.transportProtocol == mapping.transportProtocol.rawValue
            }?.hostPort
            let claimed = try claimFirst(of: candidates(mapping, last: last), mapping, service, id)
            guard let claimed else { throw try taken(mapping, service) }
            if let wanted = mapping.published, !wanted.contains(claimed.hostPort) {
                let holder = try holder(of: wanted.lowerBound, mapping) ?? "another environment"
                sink.note(
                    "\(service.name): port \(wanted.lowerBound) is held by \(holder); using \(claimed.hostPort) instead",
                    isWarning: true)
            }
        }
        try remember(service)
    }

    /// Checks that every port that must not move is free.
    ///
    /// - Parameter own: what the environment holds already and may keep.
    /// - Throws: `EngineError.portTaken` that names the holder.
    func check(_ service: Service, own: [PublishedPortRecord]) throws {
        for mapping in service.ports where !mapping.autoCorrects && mapping.transportProtocol != .sctp {
            guard let wanted = mapping.published else { continue }
            let isOwn = own.contains { $0.service == service.name && wanted.contains($0.hostPort) }
            if isOwn { continue }
            let isFree = try wanted.contains { port in
                let holders = try workspace.host.runtime.portHolders(
                    hostAddress: mapping.hostAddress.recordText, hostPort: port,
                    transportProtocol: mapping.transportProtocol.rawValue)
                guard holders.isEmpty else { return false }
                return try self.isFree(port, mapping)
            }
            if !isFree { throw try taken(mapping, service) }
        }
    }

    /// The first port that neither a record nor a process of the host holds.
    private func claimFirst(
        of ports: [UInt16], _ mapping: PortMapping, _ service: Service, _ id: ContainerID
    ) throws -> PublishedPortRecord? {
        for port in ports where try isFree(port, mapping) {
            let claimed = try workspace.host.runtime.claimPort(
                environmentID: environmentID, service: service.name, number: id.number,
                hostAddress: mapping.hostAddress.recordText, target: mapping.target,
                transportProtocol: mapping.transportProtocol.rawValue, candidates: CollectionOfOne(port))
            if let claimed { return claimed }
        }
        return nil
    }

    private func candidates(_ mapping: PortMapping, last: UInt16?) -> [UInt16] {
        guard let wanted = mapping.published else {
            // Where the kernel hands out ports by itself they would be gone sooner or later.
            return [last].compactMap(\.self) + (20_000...32_000).shuffled().prefix(64).map { UInt16($0) }
        }
        var all = Array(wanted)
        guard mapping.autoCorrects else { return all }
        if let last, !wanted.contains(last) { all.insert(last, at: 0) }
        // The wanted port comes first again as soon as it is free.
        if let first = wanted.first { all = [first] + all.filter { $0 != first } }
        let next = Int(wanted.upperBound) + 1
        return all + (next..<min(next + 200, 65_536)).map { UInt16($0) }
    }

    private func isFree(_ port: UInt16, _ mapping: PortMapping) throws -> Bool {
        let transport = TransportProtocol(mapping.transportProtocol)
        return try mapping.hostAddress.bindAddresses.allSatisfy { text in
            do {
                return try HostPort(transport, address: try IPAddress(text), port: port).isFree()
            } catch let error as NetworkError where error.code == .addressNotLocal && text.contains(":") {
                // A host without IPv6.
                return true
            }
        }
    }

    private func taken(_ mapping: PortMapping, _ service: Service) throws -> EngineError {
        guard let wanted = mapping.published else {
            return EngineError(.portTaken, "No free host port was found for \(service.name):\(mapping.target).")
        }
        let port = wanted.lowerBound
        let shown = wanted.count == 1 ? "\(port)" : "\(port)-\(wanted.upperBound)"
        let holder = try holder(of: port, mapping) ?? "another process"
        return EngineError(
            .portTaken,
            "Port \(shown)/\(mapping.transportProtocol.rawValue) of the host, published by \(service.name), is held by "
                + "\(holder). Stop it, or publish another port.")
    }

    /// The holder of a host port, in words: another environment of Trice, or a process.
    private func holder(of port: UInt16, _ mapping: PortMapping) throws -> String? {
        let records = try workspace.host.runtime.portHolders(
            hostAddress: mapping.hostAddress.recordText, hostPort: port,
            transportProtocol: mapping.transportProtocol.rawValue)
        if let record = records.first {
            return "\(record.service)-\(record.number) of environment \(record.environmentID)"
        }
        let transport = TransportProtocol(mapping.transportProtocol)
        for text in mapping.hostAddress.bindAddresses {
            let holders = try HostPort(transport, address: try IPAddress(text), port: port).holders()
            if let first = holders.first { return "\(first)" }
        }
        return nil
    }

    private func remember(_ service: Service) throws {
        let ports = try workspace.records().publishedPorts.filter { $0.service == service.name }
        let records = ports.map {
            PortRecord(
                environmentID: environmentID, service: $0.service, target: $0.target,
                transportProtocol: $0.transportProtocol, hostAddress: $0.hostAddress, hostPort: $0.hostPort)
        }
        let known = try workspace.host.durable.rememberedPorts(environmentID: environmentID)
            .filter { $0.service == service.name }
        // A durable write costs a sync of the disk: only when something is new.
        if Set(known) != Set(records) {
            try workspace.host.durable.remember(records, environmentID: environmentID, service: service.name)
        }
    }

    // MARK: - Opening

    /// Opens the listeners of these containers in the supervisor.
    func open(_ containers: [ContainerID], _ records: RuntimeRecords) throws {
        let ports = records.publishedPorts.filter { port in
            containers.contains(ContainerID(service: port.service, number: port.number))
        }
        guard !ports.isEmpty else { return }
        let plan = try workspace.networkPlan(records)
        let wanted = ports.map { port in
            ProxyPort(
                container: "\(port.service)-\(port.number)",
                hostAddresses: PortMapping.HostAddress(recordText: port.hostAddress).bindAddresses,
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
        let address = PortMapping.HostAddress(recordText: port.hostAddress).bindAddresses[0]
        let holder = try HostPort(transport, address: try IPAddress(address), port: port.hostPort).holders().first
        throw EngineError(
            .portTaken,
            "Port \(port.hostPort)/\(port.transportProtocol) of the host, published by \(port.service), could not be "
                + "opened: \(holder.map { "it is held by \($0)" } ?? "\(Errno(rawValue: outcome.errno ?? 0))").")
    }

}

extension PortMapping.HostAddress {
    /// `loopback`, `any` or the address: as records have it.
    var recordText: String {
        switch self {
        case .loopback: "loopback"
        case .any: "any"
        case .address(let text): text
        }
    }

    init(recordText: String) {
        switch recordText {
        case "loopback": self = .loopback
        case "any": self = .any
        default: self = .address(recordText)
        }
    }

    /// What a listener binds to.
    var bindAddresses: [String] {
        switch self {
        case .loopback: ["127.0.0.1", "::1"]
        case .any: ["0.0.0.0", "::"]
        case .address(let text): [text]
        }
    }
}

extension TransportProtocol {
    init(_ transport: PortMapping.TransportProtocol) {
        self = transport == .udp ? .udp : .tcp
    }
}
