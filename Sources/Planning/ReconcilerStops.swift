import Envfile
import Vocabulary

/// Stopping and removing: dependents before what they depend on.
extension Reconciliation {
    /// Stops whatever runs and is to be removed, recreated or restarted.
    mutating func stopContainers() {
        for container in containers.values.sorted(by: { $0.id < $1.id }) where container.state == .running {
            switch (removals[container.id], containerDecisions[container.id]) {
            case (let cause?, _):
                stop(container, cause: cause, dependsOn: [])
            case (nil, .recreate(let cause)):
                // What runs goes on running until the image of its successor is there.
                stop(container, cause: cause, dependsOn: imageHandles(for: container.id))
            case (nil, .restart(let cause)):
                stop(container, cause: cause, dependsOn: [])
            case (nil, _): break
            }
        }
        orderStops(by: desired.environment)
    }

    private mutating func stop(_ container: ObservedContainer, cause: String, dependsOn: [Int]) {
        stops[container.id] = builder.add(
            .stopContainer(container.id, gracePeriod: container.stopGracePeriod), cause: cause, dependsOn: dependsOn)
    }

    private func imageHandles(for id: ContainerID) -> [Int] {
        desired.services.first { $0.name == id.service }.flatMap { images[$0.image] }.map { [$0] } ?? []
    }

    mutating func removeContainers() {
        for container in containers.values.sorted(by: { $0.id < $1.id }) {
            let stop = stops[container.id].map { [$0] } ?? []
            if let cause = removals[container.id] {
                removes[container.id] = builder.add(
                    .removeContainer(container.id, keepsVolumes: false), cause: cause, follows: stop)
            } else if case .recreate(let cause) = containerDecisions[container.id] {
                removes[container.id] = builder.add(
                    .removeContainer(container.id, keepsVolumes: !options.renewsVolumes), cause: cause,
                    dependsOn: stop + imageHandles(for: container.id))
            }
        }
    }

    /// Makes every stop follow the stops of the containers that depend on it, also through services that do not stop.
    ///
    /// Observed dependencies are of different times and may be circular: an edge that closes a circle is left out.
    mutating func orderStops(by environment: Environment?) {
        var dependencies: [ServiceName: [ServiceName]] = [:]
        for container in containers.values {
            dependencies[container.id.service, default: []] += container.dependencies
        }
        for service in environment?.services ?? [] {
            dependencies[service.name] = service.dependencies.map(\.service)
        }
        let sorted = DependencyOrder(nodes: dependencies.keys) { dependencies[$0] ?? [] }
        let stopsByService = Dictionary(grouping: stops, by: \.key.service).mapValues { $0.map(\.value) }
        // What a service's stop has to follow, collected while its dependents are visited.
        var barriers: [ServiceName: Set<Int>] = [:]
        for service in sorted.order.reversed() {
            let before = barriers[service] ?? []
            let own = stopsByService[service] ?? []
            for stop in own { builder.order(stop, after: before) }
            let barrier = own.isEmpty ? before : Set(own)
            for dependency in sorted.dependencies[service] ?? [] {
                barriers[dependency, default: []].formUnion(barrier)
            }
        }
    }

    /// The plan of `halt`: stops what runs, and withdraws ports that nothing serves any more.
    mutating func haltPlan(environment: Environment?) throws(PlanningError) -> Plan {
        let cause = "environment halts"
        let halting = containers.values.filter {
            options.services.isEmpty ? !$0.isOneOff : options.services.contains($0.id.service)
        }
        for container in halting.sorted(by: { $0.id < $1.id }) where container.state == .running {
            stop(container, cause: cause, dependsOn: [])
        }
        orderStops(by: environment)
        suspendJobs()
        let staying: Set<ContainerID> =
            options.services.isEmpty
            ? [] : observed.publishedPorts.filter { !options.services.contains($0.service) }
        if staying.isEmpty, !observed.publishedPorts.isEmpty {
            _ = builder.add(.unpublishPorts, cause: cause, follows: stops.values)
        } else if staying != observed.publishedPorts {
            _ = builder.add(.publishPorts(staying.sorted()), cause: cause, follows: stops.values)
        }
        startSupervisor()
        return try builder.build()
    }
}
