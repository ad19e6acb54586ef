internal import Containers
internal import Envfile
internal import Images
internal import LinuxSystem
internal import Planning
internal import Snapshots
internal import Store
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// What comes up after a restore.
package struct RestoredServices: Sendable {
    /// The services that ran when the snapshot was saved, or that ran before the restore.
    package var services: [ServiceName] = []
    /// The images that services get instead of the Envfile's, by service.
    package var images: [ServiceName: String] = [:]
}

extension EnvironmentControl {
    /// Returns the environment to a snapshot; its containers are made anew by the next `up`. The caller holds the
    /// environment's lock.
    ///
    /// - Parameter onlyVolumes: whether what containers wrote is left out.
    package func restoreSnapshot(
        _ name: String?, onlyVolumes: Bool, _ identity: EnvironmentTarget, _ workspace: Workspace, _ sink: any EventSink
    ) async throws -> (name: String, up: RestoredServices) {
        let catalog = SnapshotCatalog(workspace.host, of: identity.id)
        let (record, document) = try name.map { try catalog.find($0) } ?? catalog.lastPushed()
        let project = identity.project
        var up = RestoredServices()
        if let project, !onlyVolumes { up.images = try images(of: document, for: project, workspace.host, sink) }
        let known = Set(project?.environment.services.map(\.name) ?? [])
        let ran = document.containers.filter(\.wasRunning).map(\.id.service)
        up.services = Set(ran + (try runningServices(workspace))).intersection(known).sorted()
        let protection = try workspace.host.images.store.protect()
        var placement = SnapshotPlacement(workspace: workspace, document: document)
        placement.hasContainers = !onlyVolumes
        let journal = try placement.journal(named: record.name)
        if try !workspace.records().containers.isEmpty {
            _ = try await change(.stop(timeout: nil), of: [], identity, workspace, sink)
        }
        if let project { try workspace.host.durable.saveIfNew(project) }
        try journal.write(to: layout.restoreJournal(of: identity.id))
        try await finish(journal, identity, workspace, sink)
        _ = consume protection
        return (record.name, up)
    }

    /// Completes an interrupted restore or use of a seed, and removes snapshots that killed commands have begun; does nothing
    /// when none was interrupted. The caller holds the environment's lock.
    package func finishRestore(
        _ identity: EnvironmentTarget, _ workspace: Workspace, _ sink: any EventSink
    ) async throws {
        try SnapshotCatalog(workspace.host, of: workspace.id).removeUnfinished()
        try SeedPlacement(volumesIn: layout.volumes(of: workspace.id)).finish()
        guard let journal = try RestoreJournal.read(layout.restoreJournal(of: workspace.id)) else { return }
        sink.note("finishing the return to `\(journal.name)`, which was interrupted", isWarning: false)
        try await finish(journal, identity, workspace, sink)
    }

    /// Exchanges the old for the new. Each step may be repeated.
    func finish(
        _ journal: RestoreJournal, _ identity: EnvironmentTarget, _ workspace: Workspace, _ sink: any EventSink
    ) async throws {
        let target = EnvironmentTarget(id: workspace.id, project: nil)
        let records = try workspace.records()
        for record in records.containers {
            try RootFilesystem.unmount(workspace.rootfs(of: ContainerID(record)))
        }
        for move in journal.moves { try LayeredVolume.unmount(FilePath(move.target)) }
        try journal.takeOldAway()
        if !records.containers.isEmpty {
            _ = try await change(
                .remove(stopsFirst: true, removesVolumes: false), of: [], target, workspace, sink)
        }
        let durable = workspace.host.durable
        for name in journal.volumes {
            let known = try durable.volumes(environmentID: workspace.id).contains { $0.name == name }
            if known { continue }
            let path = layout.volumes(of: workspace.id).appending(name.rawValue)
            try durable.insert(
                VolumeRecord(
                    environmentID: workspace.id, name: name, path: path.string, createdAt: WallClock.nanoseconds))
        }
        try durable.save(
            journal.steps.flatMap { container in container.steps.map { $0.record(container.id, workspace) } })
        try journal.place()
        try Files.remove(layout.restoreJournal(of: workspace.id))
        try Files.synchronizeDirectory(layout.restoreJournals)
        try Files.removeTree(FilePath(journal.work))
    }

    /// The images that differ from those of the project, by service, as the snapshot keeps them.
    ///
    /// - Throws: `EngineError.snapshot` for one that is gone.
    func images(
        of document: SnapshotDocument, for project: Project, _ host: Host, _ sink: any EventSink
    ) throws -> [ServiceName: String] {
        let images = try ProjectImages(project, host: host)
        var found: [ServiceName: String] = [:]
        for container in document.containers {
            let name = container.id.service
            guard let service = project.environment.services.first(where: { $0.name == name }) else {
                sink.note("`\(name)` is in the snapshot and not in the Envfile", isWarning: true)
                continue
            }
            if let current = try images.lookup(service.image), "\(current.id)" == container.imageID { continue }
            guard let kept = container.keptImage,
                try host.images.local.records.image(named: kept) != nil
                    || host.images.store.entry(named: kept) != nil
            else {
                throw EngineError(
                    .snapshot,
                    "`\(name)` had another image when the snapshot was saved, and that one is gone: what its container wrote "
                        + "fits no other. Use `--volumes` to return the volumes alone.")
            }
            found[name] = kept
            sink.note(
                "`\(name)` comes up with the image that it had in the snapshot, which is not the Envfile's any more: the next "
                    + "`trice up` replaces it", isWarning: true)
        }
        return found
    }
}

extension SnapshotDocument.Step {
    fileprivate func record(_ container: ContainerID, _ workspace: Workspace) -> ProvisionedStepRecord {
        ProvisionedStepRecord(
            environmentID: workspace.id, service: container.service, number: container.number, name: name,
            fingerprint: fingerprint, isComplete: isComplete, ranAt: ranAt, code: code)
    }
}

extension Project {
    /// The project with other images for services, which are neither built nor asked for.
    package func replacing(images: [ServiceName: String]) -> Project {
        var project = self
        for index in project.environment.services.indices {
            guard let image = images[project.environment.services[index].name] else { continue }
            project.environment.services[index].image = image
            project.environment.services[index].build = nil
            project.environment.services[index].lifecycle.pullPolicy = .never
        }
        return project
    }
}
