import Envfile
import Vocabulary

/// Starting: after the dependencies have come to what is expected of them.
extension Reconciliation {
    mutating func startContainers() {
        guard options.starts else { return }
        for service in desired.services {
            let starting = desired.containers(of: service).filter {
                service.lifecycle.triggers == nil && containerDecisions[$0.id].map { $0 != .keep } == true
            }
            var conditions: [ContainerID: StartConditions] = [:]
            for container in starting { conditions[container.id] = self.conditions(of: container, of: service) }
            let steps = runSteps(of: service, conditions)
            for container in starting {
                let id = container.id
                starts[id] = builder.add(
                    .startContainer(container), cause: containerDecisions[id]?.cause ?? "",
                    dependsOn: (conditions[id]?.before ?? []) + (steps[id] ?? []),
                    follows: conditions[id]?.follows ?? [])
            }
            provision(service, conditions)
            keepSeed(of: service)
        }
    }

    mutating func conditions(of container: DesiredContainer, of service: Service) -> StartConditions {
        let id = container.id
        // A creation follows the stop by way of the removal.
        var before = [creations[id] ?? stops[id]].compactMap(\.self)
        before += startConditions
        // Their host ports are claimed then.
        before += (container.preStart + [container]).flatMap(\.process.namedServices).flatMap { name in
            creations.filter { $0.key.service == name }.map(\.value)
        }
        if claiming.contains(where: { $0.id == id }) { before += [ports].compactMap(\.self) }
        var follows: [Int] = []
        for dependency in service.dependencies {
            let handles = prerequisites(of: dependency)
            if dependency.isRequired { before += handles } else { follows += handles }
        }
        return StartConditions(before: before, follows: follows)
    }

    /// The operations that fulfil a dependency; none when it is fulfilled already.
    private mutating func prerequisites(of dependency: Dependency) -> [Int] {
        guard let service = desired.services.first(where: { $0.name == dependency.service }) else { return [] }
        return desired.containers(of: service).map(\.id).compactMap { id in
            switch dependency.condition {
            case .started: return provisions[id] ?? starts[id]
            case .healthy where !options.waitsForHealth: return provisions[id] ?? starts[id]
            case .completedSuccessfully where starts[id] == nil && containers[id]?.state == .exited(code: 0): return nil
            case .healthy, .completedSuccessfully: return wait(for: id, dependency.condition)
            }
        } + seedKeepings(dependency)
    }

    private mutating func wait(for id: ContainerID, _ condition: Dependency.Condition) -> Int {
        let key = WaitKey(container: id, condition: condition)
        if let handle = waits[key] { return handle }
        let handle = builder.add(
            .waitForContainer(id, condition), cause: "others start after it",
            dependsOn: [provisions[id] ?? starts[id]].compactMap(\.self))
        waits[key] = handle
        return handle
    }
}
