internal import Networks
internal import Planning
internal import Store
internal import Vocabulary
internal import Workspaces

/// What is found before anything is changed.
extension PortPublication {
    /// Checks that every port that must not move is free.
    ///
    /// - Parameters:
    ///   - containers: all that are made or published; a range serves several of them only where it has enough ports.
    ///   - own: what the environment holds already and may keep.
    ///   - released: what it holds and gives up before the containers are made.
    ///   - attempt: takes the `EngineError.portTaken`, which names the holder, of each container that has one.
    func check(
        _ containers: [DesiredContainer], own: [PublishedPortRecord], released: [PublishedPortRecord] = [],
        _ attempt: (() throws -> Void) -> Void
    ) throws {
        let held = Dictionary(grouping: try workspace.host.runtime.publishedPorts(), by: \.hostPort)
        let freed = Set(released)
        var seen: Set<ContainerID> = []
        let containers = containers.filter { seen.insert($0.id).inserted }
        let made = Dictionary(uniqueKeysWithValues: containers.map { ($0.id, $0.ports) })
        var given = own.filter { record in
            // A container that is made anew keeps what its file still asks for.
            !freed.contains(record)
                || made[ContainerID(record), default: []].contains { port in
                    record.held.serves(port) && port.hostPorts.map { $0.contains(record.hostPort) } ?? true
                }
        }.map(\.held)
        func isFree(_ number: Port, _ port: DesiredContainer.PublishedPort) throws -> Bool {
            if given.contains(where: { $0.hostPort == number && $0.hinders(port) }) { return false }
            let holders = held[number, default: []].filter { $0.held.hinders(port) }
            if !holders.isEmpty { return holders.allSatisfy(freed.contains) }
            return try self.isFree(number, port)
        }
        let kept = Dictionary(grouping: own, by: { ContainerID($0) })
        // Those that can have one port only come before those that can have several.
        for isRange in [false, true] {
            for container in containers {
                let numbers = Set(kept[container.id, default: []].map(\.hostPort))
                attempt {
                    for port in container.ports where port.isRange == isRange {
                        try checkSupport(port, container)
                        guard !port.autoCorrects, let wanted = port.hostPorts,
                            !numbers.contains(where: wanted.contains)
                        else { continue }
                        guard let number = try wanted.first(where: { try isFree($0, port) }) else {
                            throw try taken(port, container.id.service)
                        }
                        given.append(
                            HeldPort(
                                hostAddress: port.hostAddress, hostPort: number, target: port.containerPort,
                                transport: port.transport))
                    }
                }
            }
        }
    }

    private func checkSupport(
        _ port: DesiredContainer.PublishedPort, _ container: DesiredContainer
    ) throws {
        guard !HostPort.isSupported(port.transport) else { return }
        throw EngineError(
            .unsupportedHost,
            "Service \(container.id.service) publishes the port \(port.containerPort)/\(port.transport), and the "
                + "kernel of this host has no \(port.transport.rawValue.uppercased()). Load it with `modprobe "
                + "\(port.transport)`, or leave the port out.")
    }
}

extension DesiredContainer.PublishedPort {
    /// Whether one of several host ports is wanted.
    var isRange: Bool { hostPorts.map { $0.lowerBound < $0.upperBound } ?? false }
}
