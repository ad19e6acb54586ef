import Envfile
import Vocabulary

/// Seeds: new volumes begin with the content of an existing seed, or become a seed when none has their digest.
extension Reconciliation {
    /// The seed that a new volume begins with; `nil` for one that begins empty.
    func seed(for volume: VolumeName) -> ObservedSeed? {
        desired.services.lazy.compactMap { fittingSeed(of: $0) }.first { $0.isKept && $0.volumes.contains(volume) }
    }

    /// Fills volumes; what mounts one of them is made after that.
    mutating func placeSeeds() {
        for service in desired.services {
            guard let seed = fittingSeed(of: service), seed.isKept else { continue }
            let volumes = seed.volumes.compactMap { volumeCreations[$0] }
            guard volumes.count == seed.volumes.count else { continue }
            let handle = builder.add(
                .placeSeed(seed, service: service.name), cause: "begins from a seed", dependsOn: volumes,
                isImplied: true)
            for name in seed.volumes { volumeCreations[name] = handle }
        }
    }

    /// Keeps the volumes of a service that starts for the first time, where nothing else can have written to them by then.
    mutating func keepSeed(of service: Service) {
        guard let seed = fittingSeed(of: service), !seed.isKept, options.waitsForHealth,
            seed.volumes.allSatisfy({ volumeCreations[$0] != nil }),
            let id = desired.containers(of: service).first?.id, let start = provisions[id] ?? starts[id],
            !isFollowedEarly(service)
        else { return }
        seedKeepings[service.name] = builder.add(
            .keepSeed(id, seed), cause: "is healthy for the first time", dependsOn: [start], isImplied: true)
    }

    /// What has to be done before something starts that waits for the health of another service.
    func seedKeepings(_ dependency: Dependency) -> [Int] { [seedKeepings[dependency.service]].compactMap(\.self) }

    /// The seed of a service whose one container is made now.
    private func fittingSeed(of service: Service) -> ObservedSeed? {
        guard options.oneOff == nil, let seed = observed.seeds[service.name] else { return nil }
        let containers = desired.containers(of: service)
        guard containers.count == 1, containerDecisions[containers[0].id]?.creates == true else { return nil }
        return seed
    }

    /// Whether a service that knows this one starts before it is healthy: it could write to its volumes by then.
    private func isFollowedEarly(_ service: Service) -> Bool {
        desired.services.contains { other in
            other.dependencies.contains { $0.service == service.name && $0.condition == .started }
        }
    }
}
