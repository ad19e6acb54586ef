package import Envfile
package import Vocabulary

/// What is done with containers that are there, whatever the Envfile says: each is a plan of its own.
extension Reconciler {
    /// What happens to the containers of the selected services, or of all when none is selected.
    package enum Change: Hashable, Sendable {
        /// Removes those that do not run; with `stopsFirst` all.
        case remove(stopsFirst: Bool)
        case signal(Signal)
        case pause
        case resume
    }

    /// The plan of a change; an environment orders the stops where it is known.
    ///
    /// `options.renewsVolumes` tells whether the volumes without a name go with a container that is removed.
    package func plan(
        _ change: Change, environment: Environment? = nil, observed: ObservedState
    ) throws(PlanningError) -> Plan {
        var reconciliation = Reconciliation(options: options, desired: DesiredState(), observed: observed)
        return try reconciliation.plan(change, environment: environment)
    }
}

extension Reconciliation {
    private static let asked = "asked for"

    mutating func plan(_ change: Reconciler.Change, environment: Environment?) throws(PlanningError) -> Plan {
        let selected = containers.values.filter {
            options.services.isEmpty
                ? !$0.isOneOff || isRemoval(change) : options.services.contains($0.id.service)
        }.sorted { $0.id < $1.id }
        switch change {
        case .remove(let stopsFirst): removeStopped(selected, stopsFirst: stopsFirst, environment)
        case .signal(let signal):
            for container in selected where container.state == .running {
                _ = builder.add(.signalContainer(container.id, signal), cause: Self.asked)
            }
        case .pause:
            for container in selected where container.state == .running && !container.isPaused {
                _ = builder.add(.pauseContainer(container.id), cause: Self.asked)
            }
        case .resume:
            for container in selected where container.isPaused {
                _ = builder.add(.resumeContainer(container.id), cause: Self.asked)
            }
        }
        startSupervisor()
        return try builder.build()
    }

    private func isRemoval(_ change: Reconciler.Change) -> Bool {
        if case .remove = change { true } else { false }
    }

    private mutating func removeStopped(
        _ selected: [ObservedContainer], stopsFirst: Bool, _ environment: Environment?
    ) {
        for container in selected where container.state != .running || stopsFirst {
            removals[container.id] = Self.asked
        }
        guard !removals.isEmpty else { return }
        stopContainers()
        orderStops(by: environment)
        for id in removals.keys.sorted() {
            removes[id] = builder.add(
                .removeContainer(id, keepsVolumes: !options.renewsVolumes), cause: Self.asked,
                follows: stops[id].map { [$0] } ?? [])
        }
        names = builder.add(.applyNames, cause: "containers go", follows: removes.values, isImplied: true)
        // The packet filter forgets the ports of what is removed; the host ports of a container that has ended are given
        // up already.
        guard observed.heldPorts.keys.contains(where: { removals[$0] != nil }) else { return }
        let staying = observed.publishedPorts.filter { removals[$0] == nil }
        ports = builder.add(
            staying.isEmpty ? .unpublishPorts : .publishPorts(staying.sorted()), cause: "containers go",
            follows: removes.values, isImplied: true)
    }

    /// `up` lets what is paused go on.
    mutating func resumeContainers() {
        guard options.starts, desired.environment != nil else { return }
        for id in desiredIDs where containerDecisions[id] == .keep && containers[id]?.isPaused == true {
            resumes[id] = builder.add(.resumeContainer(id), cause: "is paused")
        }
    }
}
