internal import Images
internal import LinuxSystem
internal import Planning
internal import Snapshots
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Prepares the content of a snapshot beside what an environment has, so that exchanging the two takes renames alone.
struct SnapshotPlacement {
    let workspace: Workspace
    let document: SnapshotDocument
    /// Whether containers get what they wrote; else only volumes come back.
    var hasContainers = true
    /// The containers that get nothing, because the environment has another image for them.
    var leavesOut: Set<ContainerID> = []

    private var work: FilePath { workspace.layout.restoreWork(of: workspace.id) }
    private var staged: FilePath { work.appending("new") }
    private var trash: FilePath { work.appending("old") }
    private var layers: FilePath { workspace.host.images.store.layers.directory }

    /// Makes all that is new, and nothing of it is used before the journal is written.
    func journal(named name: String) throws -> RestoreJournal {
        try discard()
        var journal = RestoreJournal(environmentID: workspace.id, name: name, work: work)
        journal.layers = document.neededLayers
        try Files.createDirectory(staged, mode: 0o700)
        do {
            if hasContainers { try prepareContainers(&journal) }
            try prepareVolumes(&journal)
        } catch {
            // The failure that is thrown says more than that of the clean-up, which the next restore repeats.
            try? discard()
            throw error
        }
        // What was copied is on the disk before it takes the place of what was there.
        try Files.synchronizeFileSystem(of: staged)
        return journal
    }

    /// Removes what was made and is not used.
    func discard() throws { try Files.removeTree(work) }

    // MARK: - Containers

    private func prepareContainers(_ journal: inout RestoreJournal) throws {
        let place = workspace.stateDirectory.appending("containers")
        let restored = Set(document.containers.map(\.id)).subtracting(leavesOut)
        for container in document.containers where restored.contains(container.id) {
            let name = "\(container.id)"
            let side = staged.appending("containers").appending(name)
            try Files.createDirectory(side, mode: 0o700)
            try ContainerOrigin(imageID: container.upon, layers: container.layers).write(in: side)
            if let top = container.layers.first {
                try Files.createDirectory(side.appending("upper"), mode: 0o755)
                try LayeredVolume.copyAttributes(from: layers.appending(top), to: side.appending("upper"))
            }
            if let dotfiles = container.dotfiles {
                try Files.write(dotfiles.utf8, to: side.appending("dotfiles"), mode: 0o600)
            }
            for volume in container.volumes {
                let volumes = side.appending("volumes")
                try Files.createDirectory(volumes, mode: 0o700)
                try prepare(volume, at: volumes.appending(volume.name))
            }
            journal.moves.append(move(side, to: place.appending(name), "containers"))
            if !container.steps.isEmpty { journal.steps.append(.init(id: container.id, steps: container.steps)) }
        }
        for name in try Files.names(in: place) where !restored.contains(where: { "\($0)" == name }) {
            journal.moves.append(move(nil, to: place.appending(name), "containers"))
        }
    }

    // MARK: - Volumes

    private func prepareVolumes(_ journal: inout RestoreJournal) throws {
        let known = Set(try workspace.host.durable.volumes(environmentID: workspace.id).map(\.name.rawValue))
        for volume in document.volumes {
            let name = try VolumeName(volume.name)
            let kind = volume.isShared ? "shared" : "volumes"
            let parent =
                volume.isShared
                ? workspace.layout.namedVolumes : workspace.layout.volumes(of: workspace.id)
            if volume.isShared { try checkShared(name) }
            let side = staged.appending(kind)
            try Files.createDirectory(side, mode: 0o700)
            try prepare(volume, at: side.appending(volume.name))
            let target = parent.appending(volume.name)
            let (from, to) = (LayeredVolume.side(of: side.appending(volume.name)), LayeredVolume.side(of: target))
            journal.moves.append(move(Files.exists(from) ? from : nil, to: to, kind))
            // A content that the image was about to give would come on top.
            for prefix in [".copying-", ".copied-"] where Files.exists(parent.appending(prefix + volume.name)) {
                journal.moves.append(move(nil, to: parent.appending(prefix + volume.name), kind))
            }
            journal.moves.append(move(side.appending(volume.name), to: target, kind))
            if !volume.isShared, !known.contains(volume.name) { journal.volumes.append(name) }
        }
    }

    private func checkShared(_ name: VolumeName) throws {
        guard let record = try workspace.host.durable.namedVolume(name) else { return }
        guard record.environmentID == workspace.id else {
            let owner = record.environmentID.map { "belongs to the environment \($0)" } ?? "was made by hand"
            throw EngineError(
                .snapshot,
                "The volume `\(name)` cannot be replaced: it \(owner). Remove it, or leave it out with another name.")
        }
        let own = "\(workspace.id)/"
        let users = try VolumeUse(layout: workspace.layout).containers(of: FilePath(record.path))
        if let user = users.first(where: { !$0.hasPrefix(own) }) {
            throw EngineError(
                .snapshot,
                "The volume `\(name)` cannot be replaced: the container `\(user)` of another environment uses it. Take that "
                    + "down first.")
        }
    }

    private func prepare(_ volume: SnapshotDocument.Volume, at place: FilePath) throws {
        if volume.layers.isEmpty { return try Files.createDirectory(place) }
        try LayerPlacement(workspace.host).make(
            of: volume.layers, wasRunning: document.method == .frozen, at: place)
    }

    private func move(_ staged: FilePath?, to target: FilePath, _ kind: String) -> RestoreJournal.Move {
        RestoreJournal.Move(
            staged: staged?.string, target: target.string,
            trash: trash.appending(kind).appending(target.lastComponent?.string ?? "").string)
    }
}
