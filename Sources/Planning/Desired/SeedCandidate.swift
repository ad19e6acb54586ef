package import Envfile
package import Vocabulary

/// A service whose new volumes can begin from a seed, by what the file says of it.
package struct SeedCandidate: Hashable, Sendable {
    package var service: Service
    /// The volumes that no other service writes to, sorted.
    package var volumes: [VolumeName]
}

extension Environment {
    /// The services with a seed: what they write until they are healthy depends on nothing but themselves.
    ///
    /// That is one container with a volume of the environment's own, which no other service can write to; without `depends_on`,
    /// since the volume of a service may say what it has done to another one's; without shared folders that it writes to, and
    /// without host ports of others in its variables, which differ between environments.
    ///
    /// - Parameter scales: the numbers of containers by service, instead of the services' own.
    package func seedCandidates(scales: [ServiceName: Int]) -> [SeedCandidate] {
        services.compactMap { service in
            guard (service.tools.seed ?? (dialect == .trice ? .auto : .off)) == .auto,
                service.lifecycle.triggers == nil, service.storage.volumesFrom.isEmpty,
                service.dependencies.isEmpty, (scales[service.name] ?? service.lifecycle.containerCount) == 1
            else { return nil }
            let others = described.filter { $0.name != service.name }
            guard !others.contains(where: { $0.inherits(from: service.name) }) else { return nil }
            let parts = [service] + service.lifecycle.preStart
            guard parts.allSatisfy(\.writesOnlyToVolumes) else { return nil }
            let written = Set(parts.flatMap(\.writtenVolumes))
            guard !written.isEmpty, written.allSatisfy({ isPlain($0) }) else { return nil }
            let foreign = Set(others.flatMap { [$0] + $0.lifecycle.preStart }.flatMap(\.writtenVolumes))
            return foreign.isDisjoint(with: written) ? SeedCandidate(service: service, volumes: written.sorted()) : nil
        }
    }

    /// Whether a volume is a directory of Trice that belongs to this environment alone.
    private func isPlain(_ name: VolumeName) -> Bool {
        guard let volume = volumes.first(where: { $0.name == name }) else { return false }
        return (volume.driver ?? "local") == "local" && volume.driverOptions.isEmpty && !volume.identity.isExternal
            && volume.identity.customName == nil
    }
}

extension Service {
    fileprivate func inherits(from name: ServiceName) -> Bool {
        ([self] + lifecycle.preStart).contains { part in
            part.storage.volumesFrom.contains { VolumeOrigin($0).service == name }
        }
    }

    /// The named volumes that it may write to.
    fileprivate var writtenVolumes: [VolumeName] {
        mounts.compactMap { mount in
            guard case .volume(let name) = mount.source, !mount.isReadOnly else { return nil }
            return name
        }
    }

    /// Whether nothing that outlives its containers is written but volumes, and nothing is read that differs between
    /// environments.
    fileprivate var writesOnlyToVolumes: Bool {
        mounts.allSatisfy { mount in
            switch mount.source {
            case .bind, .foreign: mount.isReadOnly
            // What it only reads, others have written.
            case .volume: mount.volume == nil && !mount.isReadOnly
            case .anonymousVolume, .tmpfs: true
            }
        } && !environment.values.contains { $0.contains("${PORT:") }
    }
}
