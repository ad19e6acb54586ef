import Envfile
import Vocabulary

/// The steps of `pre_start`: they run between the creation of a service's container and its first start.
extension Reconciliation {
    /// Decides which steps run: those of a container that has never been started. Those that run once for all do not when
    /// another container of the service has been started already, as when it is scaled up.
    mutating func decideSteps() {
        guard desired.environment != nil else { return }
        for service in desired.services {
            let containers = desired.containers(of: service)
            let isFirst = !containers.contains { !isNew($0.id) && self.containers[$0.id] != nil }
            for container in containers where options.starts && isNew(container.id) {
                let isFirstStart = isFirst && container.id == containers.first { isNew($0.id) }?.id
                let due = desired.steps(of: container).enumerated().filter {
                    runsPerReplica(service, $0.offset) || isFirstStart
                }
                if !due.isEmpty { dueSteps[container.id] = due.map(\.element) }
            }
        }
        removeStaleSteps()
    }

    /// Whether a container starts for the first time.
    private func isNew(_ id: ContainerID) -> Bool {
        switch containerDecisions[id] {
        case .create, .recreate: true
        case .start: containers[id]?.state == .created
        case .keep, .restart, nil: false
        }
    }

    private func runsPerReplica(_ service: Service, _ index: Int) -> Bool {
        service.lifecycle.preStart[index].lifecycle.runsPerReplica == true
    }

    /// A step that failed was kept for a look. It goes when the step runs again, or is no longer due.
    private mutating func removeStaleSteps() {
        let due = Set(dueSteps.values.joined().map(\.id))
        let prefixes = desired.services.map { Service.stepPrefix(of: $0.name) }
        for (id, container) in containers where container.isOneOff && !due.contains(id) {
            guard prefixes.contains(where: { id.service.rawValue.hasPrefix($0) }), !isAwaited(id) else { continue }
            removals[id] = "its step is over"
        }
    }

    /// Whether the service of a step has still to be started: nothing is decided about its steps before that.
    private func isAwaited(_ id: ContainerID) -> Bool {
        desired.services.contains { service in
            id.service.rawValue.hasPrefix(Service.stepPrefix(of: service.name))
                && desired.containers(of: service).contains { containers[$0.id]?.state == .created }
                && !options.starts
        }
    }

    /// What the operations of a container's start wait for.
    struct StartConditions {
        /// What must have succeeded.
        var before: [Int]
        /// What must have ended.
        var follows: [Int]
    }

    /// Adds the steps of a service in their order.
    ///
    /// - Parameter conditions: what each container waits for that starts.
    /// - Returns: the last step that each container waits for.
    mutating func runSteps(
        of service: Service, _ conditions: [ContainerID: StartConditions]
    ) -> [ContainerID: [Int]] {
        let due = conditions.keys.filter { dueSteps[$0] != nil }.sorted()
        guard !due.isEmpty else { return [:] }
        var last: [ContainerID: [Int]] = [:]
        for index in service.lifecycle.preStart.indices {
            let name = service.stepName(index + 1)
            for id in due {
                let step = dueSteps[id]?.first { $0.id.service == name }
                guard let step else { continue }
                let isForAll = !runsPerReplica(service, index)
                let waiting = isForAll ? conditions : conditions.filter { $0.key == id }
                let previous = isForAll ? last.values.flatMap { $0 } : last[id] ?? []
                let handle = run(step, of: service.name, number: index + 1, waiting.values, after: previous)
                for id in waiting.keys { last[id] = [handle] }
            }
        }
        return last
    }

    private mutating func run(
        _ step: DesiredContainer, of service: ServiceName, number: Int, _ conditions: some Sequence<StartConditions>,
        after previous: [Int]
    ) -> Int {
        var before = previous + conditions.flatMap(\.before)
        before += step.attachments.compactMap { networkCreations[$0.network] }
        before += step.volumeNames.compactMap { volumeCreations[$0] }
        before += [images[step.image]].compactMap(\.self)
        let handle = builder.add(
            .runStep(step, service: service, number: number), cause: "step \(number) before \(service) starts",
            dependsOn: before, follows: conditions.flatMap(\.follows))
        steps[step.id] = handle
        return handle
    }
}
