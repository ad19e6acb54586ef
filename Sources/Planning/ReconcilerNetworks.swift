import Envfile
import Vocabulary

/// What happens to a network that is wanted.
enum NetworkDecision: Hashable {
    case keep
    case create(cause: String)
    case recreate(cause: String)

    /// Whether containers that were attached to it have to be made anew.
    var makesAnew: Bool { self != .keep }
}

/// Networks: a changed one goes with all containers on it, and only if all of these are part of the request.
extension Reconciliation {
    private var neededNetworks: [Network] {
        let names = Set(desired.workloads.flatMap(\.networks).map(\.network))
        return desired.environment?.networks.filter { names.contains($0.name) } ?? []
    }

    /// Containers on the network that this plan leaves untouched.
    private func untouchedContainers(of network: NetworkName) -> [ContainerID] {
        let wanted = Set(desiredIDs)
        return containers.values
            .filter { $0.networks.contains(network) && removals[$0.id] == nil && !wanted.contains($0.id) }
            .map(\.id).sorted()
    }

    mutating func decideNetworks() {
        for network in neededNetworks {
            networkDecisions[network.name] = decision(for: network)
        }
    }

    private mutating func decision(for network: Network) -> NetworkDecision {
        guard let existing = observed.networks[network.name] else {
            return .create(cause: network.identity.isExternal ? "is not joined" : "does not exist")
        }
        let untouchedContainers = untouchedContainers(of: network.name)
        if !existing.isComplete {
            for id in untouchedContainers {
                builder.notes.append("container \(id) is cut off from network \(network.name) until it is recreated")
            }
            return .recreate(cause: "is incomplete")
        }
        if existing.configuration?.serves(NetworkConfiguration(of: network)) == true { return .keep }
        if options.recreation == .never {
            builder.notes.append("network \(network.name) is kept although its configuration changed")
            return .keep
        }
        let users = untouchedContainers.map { "\($0)" } + existing.users.map { "environment \($0)" }
        if !users.isEmpty {
            builder.notes.append(
                "network \(network.name) is kept although its configuration changed, because it is in use by "
                    + users.joined(separator: ", "))
            return .keep
        }
        return .recreate(cause: "configuration changed")
    }

    mutating func makeNetworks() {
        for network in neededNetworks {
            switch networkDecisions[network.name] {
            case .create(let cause):
                // An image that cannot be had is found out before anything is made.
                networkCreations[network.name] = builder.add(
                    .createNetwork(network), cause: cause, dependsOn: images.values)
            case .recreate(let cause):
                let attached = removes.filter { containers[$0.key]?.networks.contains(network.name) == true }
                let removal = builder.add(
                    removal(of: network.name), cause: cause, dependsOn: attached.values,
                    follows: incompleteRemoves)
                networkCreations[network.name] = builder.add(
                    .createNetwork(network), cause: cause, dependsOn: [removal] + images.values)
            case .keep, nil: break
            }
        }
    }

    /// Removes the networks that nothing describes any more and nobody uses.
    mutating func removeNetworks() {
        let goesDown = desired.environment == nil
        guard goesDown || desired.selection.isEmpty else { return }
        let described = Set(desired.environment?.networks.map(\.name) ?? [])
        var going: [(name: NetworkName, attached: [Int])] = []
        for name in observed.networks.keys.sorted() where !described.contains(name) {
            let untouchedContainers = untouchedContainers(of: name)
            let users = observed.networks[name]?.users ?? []
            if goesDown || options.removesOrphans, !users.isEmpty {
                builder.notes.append(
                    "network \(name) is kept, because it is in use by "
                        + users.map { "environment \($0)" }.joined(separator: ", "))
                continue
            }
            guard goesDown || (options.removesOrphans && untouchedContainers.isEmpty) else {
                if !options.removesOrphans {
                    builder.notes.append("network \(name) is no longer in the Envfile and is kept")
                }
                continue
            }
            let attached = removes.filter { containers[$0.key]?.networks.contains(name) == true }
            going.append((name, Array(attached.values) + incompleteRemoves))
        }
        guard !going.isEmpty else { return }
        // Both wait for the kernel, and neither for the other: no container is in these networks any more.
        applyFirewall(without: Set(going.map(\.name)), after: going.flatMap(\.attached))
        for (name, attached) in going {
            _ = builder.add(
                removal(of: name), cause: goesDown ? Self.goesDown : Self.orphaned,
                follows: attached)
        }
    }

    private func removal(of name: NetworkName) -> Operation {
        .removeNetwork(name: name, isJoined: observed.networks[name]?.configuration?.externalName != nil)
    }

    /// What a broken container is still attached to cannot be known: every network goes after it.
    private var incompleteRemoves: [Int] {
        removes.filter { containers[$0.key]?.state == .incomplete }.map(\.value)
    }

    static let orphaned = "no longer in the Envfile"
}
