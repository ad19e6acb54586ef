internal import Envfile
internal import Images
internal import LinuxSystem
package import Planning
internal import Snapshots
internal import Store
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// Keeps the volumes of a service as a seed, while its processes stand still.
///
/// They stand still for as long as a copy takes. Where files share their blocks that is a matter of milliseconds; elsewhere only a
/// volume that is copied in less than a second becomes a seed.
struct SeedKeeping {
    let workspace: Workspace

    private var host: Host { workspace.host }
    private var directory: FilePath { host.layout.seeds }

    /// What came of it.
    enum Outcome: Equatable {
        case kept
        /// There is one already, another command makes it, or there is nothing to keep.
        case needless
        /// It would take too long: the bytes of all files.
        case tooLarge(Int64)
    }

    /// - Parameter image: the reference of the service's image, for those who list seeds.
    /// - Throws: what kept it from being made; nothing is left of it then.
    func keep(_ seed: ObservedSeed, of record: ContainerRecord, image: String) throws -> Outcome {
        try Files.createDirectory(directory, mode: 0o700)
        guard let lock = try FileLock.attempt(SeedDocument.lock(of: seed.digest, in: directory)) else {
            return .needless
        }
        let outcome = try keepLocked(seed, of: record, image: image)
        try Files.remove(SeedDocument.lock(of: seed.digest, in: directory))
        _ = consume lock
        return outcome
    }

    private func keepLocked(_ seed: ObservedSeed, of record: ContainerRecord, image: String) throws -> Outcome {
        guard try SeedCatalog(host).find(seed.digest) == nil else { return .needless }
        let volumes = seed.volumes.map { ($0, host.layout.volumes(of: workspace.id).appending($0.rawValue)) }
        guard try volumes.allSatisfy({ try LayeredVolume(at: $1) == nil }) else { return .needless }
        var (size, count) = (Int64(0), 0)
        var sizes: [Int64] = []
        for (_, path) in volumes {
            let measure = try LocalImages.measure(path)
            (size, count) = (size + measure.size, count + measure.entryCount)
            sizes.append(measure.size)
        }
        guard count > 0 else { return .needless }
        guard size <= host.seedLimit, LayerPlacement(host).isSmall(size: size, entryCount: count) else {
            return .tooLarge(size)
        }
        var document = SeedDocument(
            digest: seed.digest, service: record.service.rawValue, image: image,
            volumes: zip(volumes, sizes).map { .init(name: $0.0.rawValue, layer: LayerName.unique().text, size: $1) },
            createdAt: WallClock.nanoseconds)
        do {
            try document.write(in: directory)
            try copy(document, volumes.map(\.1), of: record)
            document.isComplete = true
            try document.write(in: directory)
        } catch {
            // The failure that is thrown says more than that of the clean-up, which the next command repeats.
            try? undo(document)
            throw error
        }
        return .kept
    }

    private func copy(_ document: SeedDocument, _ paths: [FilePath], of record: ContainerRecord) throws {
        try ContainerFreeze(workspace).whileFrozen([record]) {
            for (volume, path) in zip(document.volumes, paths) {
                try host.images.local.snapshotUnsynced(path, as: try LayerName(volume.layer))
            }
        }
    }

    /// Nothing needs the layers of a seed that was never complete.
    private func undo(_ document: SeedDocument) throws {
        for layer in document.layers { try host.images.local.removeLayer(try LayerName(layer)) }
        try Files.remove(SeedDocument.file(of: document.digest, in: directory))
        try Files.remove(SeedDocument.lock(of: document.digest, in: directory))
    }
}

extension ContainerOperations {
    /// Waits until a container is ready for the first time, and keeps its new volumes as a seed. A failure is a remark, since the
    /// environment lacks nothing.
    func keepSeed(_ seed: ObservedSeed, of id: ContainerID) {
        // The operation that waits for the service reports why it is not ready.
        guard (try? wait(for: id, .started)) != nil else { return }
        let names = seed.volumes.map { "`\($0)`" }.joined(separator: ", ")
        do {
            guard let record = try workspace.record(of: id), workspace.layout.isRunning(id, workspace.id) else {
                return
            }
            let image = try record.decodedFingerprint().image
            let outcome = try SeedKeeping(workspace: workspace).keep(seed, of: record, image: image)
            guard case .tooLarge(let size) = outcome, seed.isRequested else { return }
            sink.note(
                "\(names): no seed is kept, because a copy of \(Vocabulary.ByteCount.text(size)) would take too long here; "
                    + "`trice snapshot save --stop` and `trice clone` need no copy", isWarning: false)
        } catch {
            sink.note("\(names): no seed could be kept. \(ErrorReport(of: error).message)", isWarning: true)
        }
    }

    /// Fills new volumes from a seed. Where that fails they are empty, and the service fills them.
    func placeSeed(_ seed: ObservedSeed, for service: ServiceName) {
        do {
            try SeedCatalog(workspace.host).place(seed.digest, in: workspace)
        } catch {
            let names = seed.volumes.map { "`\($0)`" }.joined(separator: ", ")
            sink.note(
                "\(names): the seed could not be used, and \(service) begins with an empty volume. "
                    + ErrorReport(of: error).message, isWarning: true)
        }
    }
}

extension EnvironmentControl {
    /// Withdraws the seeds that a plan has used and whose services have not become healthy: the next environment begins without.
    package func distrustSeeds(of plan: Plan, _ workspace: Workspace, _ sink: any EventSink) throws {
        let used = plan.operations.compactMap { planned in
            if case .placeSeed(let seed, let service) = planned.operation { (seed, service) } else { nil }
        }
        guard !used.isEmpty, !Task.isCancelled else { return }
        let statuses = try workspace.supervisedContainers(try workspace.records())
        for (seed, service) in used where statuses["\(service)-1"]?.health?.state != .healthy {
            try SeedCatalog(workspace.host).withdraw(seed.digest)
            sink.note(
                "\(service) has begun from a seed and is not healthy: the seed is not used again. `trice down --volumes` and "
                    + "`trice up` begin without it", isWarning: true)
        }
    }
}
