import Envfile
import Vocabulary

/// Starting: after the dependencies have come to what is expected of them.
extension Reconciliation {
    mutating func startContainers() {
        guard options.starts else { return }
        for service in desired.services {
            for container in desired.containers(of: service) {
                let id = container.id
                guard let decision = containerDecisions[id], decision != .keep else { continue }
                var before = [creations[id], stops[id]].compactMap { $0 }
                // A creation follows the stop by way of the removal.
                if creations[id] != nil { before = creations[id].map { [$0] } ?? [] }
                var follows: [Int] = []
                for dependency in service.dependencies {
                    let handles = prerequisites(of: dependency)
                    if dependency.isRequired { before += handles } else { follows += handles }
                }
                starts[id] = builder.add(
                    .startContainer(container), cause: decision.cause, dependsOn: before, follows: follows)
            }
        }
    }

    /// The operations that fulfil a dependency; none when it is fulfilled already.
    private mutating func prerequisites(of dependency: Dependency) -> [Int] {
        guard let service = desired.services.first(where: { $0.name == dependency.service }) else { return [] }
        return desired.containers(of: service).map(\.id).compactMap { id in
            switch dependency.condition {
            case .started: return starts[id]
            case .completedSuccessfully where starts[id] == nil && containers[id]?.state == .exited(code: 0): return nil
            case .healthy, .completedSuccessfully: return wait(for: id, dependency.condition)
            }
        }
    }

    private mutating func wait(for id: ContainerID, _ condition: Dependency.Condition) -> Int {
        let key = WaitKey(container: id, condition: condition)
        if let handle = waits[key] { return handle }
        let handle = builder.add(
            .waitForContainer(id, condition), cause: "others start after it",
            dependsOn: starts[id].map { [$0] } ?? [])
        waits[key] = handle
        return handle
    }
}
