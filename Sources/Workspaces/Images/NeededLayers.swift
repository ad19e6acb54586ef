package import Images
internal import LinuxSystem
package import Snapshots
package import Store
internal import SystemPackage
internal import Vocabulary

/// Which layers must stay although no image has them.
extension Host {
    /// The layers that containers, volumes, snapshots and seeds lie upon, by the names of their directories.
    package func neededLayers() throws -> Set<String> {
        var names = try layersOfContainersAndVolumes()
        for snapshot in try durable.snapshots() { names.formUnion(try snapshot.decoded().neededLayers) }
        // One that is not complete is in the making, which no collection overtakes, or half of one.
        for seed in try SeedDocument.all(in: layout.seeds) where seed.isComplete { names.formUnion(seed.layers) }
        for journal in try children(of: layout.restoreJournals) {
            names.formUnion(try RestoreJournal.read(journal)?.layers ?? [])
        }
        return names
    }

    /// The layers that containers and volumes lie upon.
    package func layersOfContainersAndVolumes() throws -> Set<String> {
        var names = Set(try runtime.containers().flatMap(\.layers))
        // What a container wrote outlives a restart of the machine, which its record does not.
        for container in try directories(below: layout.state.appending("environments"), "containers") {
            if let origin = try ContainerOrigin.read(in: container) { names.formUnion(origin.layers) }
            names.formUnion(try layers(ofVolumesIn: container.appending("volumes")))
        }
        for volumes in try children(of: layout.state.appending("volumes")) {
            names.formUnion(try layers(ofVolumesIn: volumes))
            let staged = SeedPlacement(volumesIn: volumes).staged
            if Files.exists(staged) { names.formUnion(try layers(ofVolumesIn: staged)) }
        }
        names.formUnion(try layers(ofVolumesIn: layout.namedVolumes))
        return names
    }

    /// The identities that containers keep, whose copies of layers stay; see `ExchangedLayers`.
    package func keptIdentities() throws -> Set<KeptIdentity> {
        let containers = try directories(below: layout.state.appending("environments"), "containers")
        return Set(try containers.compactMap { try ContainerOrigin.read(in: $0)?.identity })
    }

    private func children(of directory: FilePath) throws -> [FilePath] {
        try Files.names(in: directory).map { directory.appending($0) }
    }

    /// The entries of the directory `name` in every directory below `root`.
    private func directories(below root: FilePath, _ name: String) throws -> [FilePath] {
        try children(of: root).flatMap { try children(of: $0.appending(name)) }
    }

    private func layers(ofVolumesIn directory: FilePath) throws -> [String] {
        // A killed command may have left a volume that has no directory of its own.
        try LayeredVolume.all(in: directory).flatMap(\.layers)
    }
}

extension SnapshotRecord {
    /// The document.
    package func decoded() throws -> SnapshotDocument {
        do {
            return try JSONCoding.decode(SnapshotDocument.self, from: document)
        } catch {
            throw EngineError(
                .snapshot,
                "The snapshot `\(name)` of \(environmentID) cannot be read: another version of Trice has saved it, or its "
                    + "record is damaged. Use that version, or remove it with `trice snapshot delete \(name)`.",
                causes: [error])
        }
    }
}
