import Envfile
import Vocabulary

/// Published ports: one operation for the whole environment, so that it can be one transaction.
extension Reconciliation {
    mutating func makePorts() {
        let wanted = Set(desired.services.flatMap { desired.containers(of: $0) }.filter { !$0.ports.isEmpty }.map(\.id))
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
        for remove in removes.values { builder.order(remove, after: [withdrawal]) }
    }

    private mutating func publishPorts(_ target: Set<ContainerID>) {
        // A removal takes the container's own ports along.
        let remaining = observed.publishedPorts.filter { removes[$0] == nil }
        guard remaining != target else { return }
        var causes: [String] = []
        let missing = target.subtracting(remaining)
        if !missing.isEmpty { causes.append("\(listed(missing)) not yet published") }
        let surplus = remaining.subtracting(target)
        if !surplus.isEmpty { causes.append(stale(surplus)) }
        _ = builder.add(
            .publishPorts(target.sorted()), cause: causes.joined(separator: "; "),
            follows: removes.values + target.compactMap { creations[$0] })
    }

    private func stale(_ ids: Set<ContainerID>) -> String { "\(listed(ids)) no longer published" }

    private func listed(_ ids: Set<ContainerID>) -> String {
        ids.sorted().map { "\($0)" }.joined(separator: ", ")
    }
}
