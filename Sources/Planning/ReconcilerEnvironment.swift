import Envfile
import Vocabulary

/// What the containers of an environment have in common: packet filter, names and supervisor.
extension Reconciliation {
    /// The rules that a container needs before it starts: those of every network that is there then.
    mutating func applyFirewall() {
        let problem = desired.environment == nil ? nil : observed.firewallProblem
        guard !networkCreations.isEmpty || problem != nil else { return }
        let present = Set(observed.networks.keys).union(networkCreations.keys)
        // A network that could not be made keeps nothing from the others.
        firewall = builder.add(
            .applyFirewall(networks: present.sorted()), cause: problem ?? "networks are made",
            follows: networkCreations.values, isImplied: problem == nil)
    }

    /// The rules without networks that are about to be removed.
    ///
    /// - Parameter removals: what has to have ended before.
    mutating func applyFirewall(without networks: Set<NetworkName>, after removals: some Sequence<Int>) {
        let present = Set(observed.networks.keys).union(networkCreations.keys)
        _ = builder.add(
            .applyFirewall(networks: present.subtracting(networks).sorted()), cause: "networks are removed",
            follows: Array(removals) + [firewall].compactMap(\.self), isImplied: true)
    }

    /// One table for all: told when the last container is made and the last one is gone.
    mutating func applyNames() {
        guard desired.environment != nil, !(creations.isEmpty && removes.isEmpty) else { return }
        names = builder.add(
            .applyNames, cause: "containers come or go", follows: Array(creations.values) + Array(removes.values),
            isImplied: true)
    }

    /// What a container waits for before it starts, beside its own objects and its dependencies.
    var startConditions: [Int] {
        // Where something stops first, a start does not wait for the slowest: a container reads the names that there
        // are when it starts, and learns the others with all the rest.
        [firewall, stops.isEmpty ? names : nil].compactMap(\.self)
    }

    /// The supervisor: needed by whatever runs, starts or ends.
    mutating func startSupervisor() {
        guard !observed.hasSupervisor else { return }
        let hasJobs = desired.environment != nil && !observed.jobs.isEmpty
        let isMissed = hasJobs || containers.values.contains { $0.state == .running }
        let needing =
            [schedules].compactMap(\.self) + Array(starts.values) + Array(steps.values) + Array(stops.values)
            + Array(waits.values)
        let served = Array(removes.values) + [ports].compactMap(\.self)
        guard isMissed || !needing.isEmpty || !served.isEmpty else { return }
        let supervisor = builder.add(
            .startSupervisor, cause: isMissed ? "does not run" : "containers need it", isImplied: !isMissed)
        builder.require(supervisor, by: needing)
        for handle in served { builder.order(handle, after: [supervisor]) }
    }
}
