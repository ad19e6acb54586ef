import Envfile
import Vocabulary

/// Published ports: one operation for the whole environment, so that it can be one transaction.
extension Reconciliation {
    mutating func makePorts() {
        let publishing = desired.services.flatMap { desired.containers(of: $0) }.filter { !$0.ports.isEmpty }
        // What is not there and is not made either has no port.
        let wanted = Set(publishing.map(\.id).filter { options.makes || containers[$0] != nil })
        let desiredIDs = Set(desiredIDs)
        let untouched = observed.publishedPorts.filter {
            containers[$0] != nil && removals[$0] == nil && !desiredIDs.contains($0)
        }
        let target = wanted.union(untouched)
        if target.isEmpty {
            unpublishPorts()
        } else if options.starts {
            publishPorts(target)
        }
    }

    private mutating func unpublishPorts() {
        guard !observed.publishedPorts.isEmpty else { return }
        let cause = desired.environment == nil ? Self.goesDown : stale(observed.publishedPorts)
        // Connections live as long as their container runs, and a host port is free only after its rule is gone.
        let withdrawal = builder.add(.unpublishPorts, cause: cause, follows: stops.values)
        ports = withdrawal
        for remove in removes.values { builder.order(remove, after: [withdrawal]) }
    }

    private mutating func publishPorts(_ target: Set<ContainerID>) {
        claiming = desired.services.flatMap { desired.containers(of: $0) }.filter {
            target.contains($0.id) && creations[$0.id] == nil && !isClaimed($0)
        }
        let claimed = Set(claiming.map(\.id))
        // A removal takes the container's own ports along.
        let remaining = observed.publishedPorts.filter { removes[$0] == nil && !claimed.contains($0) }
        let removed = observed.publishedPorts.filter { removes[$0] != nil }
        let missing = target.filter { !remaining.contains($0) && isServed($0) }
        let surplus = remaining.subtracting(target)
        // The packet filter forgets the ports of a container that is removed.
        guard !missing.isEmpty || !surplus.isEmpty || !removed.isEmpty else { return }
        var causes: [String] = []
        if !missing.isEmpty { causes.append("\(listed(missing)) not yet published") }
        if !surplus.isEmpty { causes.append(stale(surplus)) }
        let isImplied = causes.isEmpty
        if isImplied { causes.append(stale(removed)) }
        let opening = missing.filter { containers[$0]?.state == .running && !isMadeAnew($0) }
        ports = builder.add(
            .publishPorts(target.sorted(), claiming: claiming, opening: opening.sorted()),
            cause: causes.joined(separator: "; "),
            follows: removes.values + target.compactMap { creations[$0] } + [firewall].compactMap(\.self),
            isImplied: isImplied)
    }

    /// Whether a host port is claimed for each mapping of a container that is there.
    private func isClaimed(_ container: DesiredContainer) -> Bool {
        var held = observed.heldPorts[container.id] ?? []
        for port in container.ports {
            guard let index = held.firstIndex(where: { $0.serves(port) }) else { return false }
            held.remove(at: index)
        }
        return true
    }

    /// Whether the container runs when all is done: a job that is done publishes nothing.
    private func isServed(_ id: ContainerID) -> Bool {
        if isMadeAnew(id) { return true }
        switch containerDecisions[id] {
        case .start, .restart: return true
        default: return containers[id]?.state == .running
        }
    }

    private func isMadeAnew(_ id: ContainerID) -> Bool { containerDecisions[id]?.creates == true }

    private func stale(_ ids: Set<ContainerID>) -> String { "\(listed(ids)) no longer published" }

    private func listed(_ ids: Set<ContainerID>) -> String {
        ids.sorted().map { "\($0)" }.joined(separator: ", ")
    }
}
