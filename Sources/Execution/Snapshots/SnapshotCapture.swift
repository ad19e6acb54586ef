internal import Containers
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Snapshots
internal import Store
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Takes what an environment has written at one moment, as layers.
///
/// Where nothing runs, a directory becomes a layer by a rename and its place an overlay upon it. Where something runs, all of
/// it stands still while files are copied; the file system shares their blocks where it can.
struct SnapshotCapture {
    let workspace: Workspace
    /// What the layers are for; also a part of the names of kept images.
    let id: String
    /// Whether images get names by which they are kept.
    var keepsImages = true
    private(set) var document: SnapshotDocument
    /// Names for the layers that are made.
    private var planned: [LayerName] = []
    /// The volumes whose files were copied block by block.
    private(set) var copiedVolumes: [String] = []

    init(workspace: Workspace, id: String, document: SnapshotDocument) throws {
        self.workspace = workspace
        self.id = id
        self.document = document
        let volumes = try volumes()
        let sources = try sources(try workspace.records())
        let count = try sources.reduce(sources.count + volumes.count) { $0 + (try anonymousVolumes(of: $1).count) }
        planned = (0..<count).map { _ in LayerName.unique() }
        self.document.layers = planned.map { .init(name: $0.text, size: nil) }
    }

    /// Whether there is nothing to take.
    var isEmpty: Bool { planned.isEmpty }

    private var layers: LayerStore { workspace.host.images.store.layers }
    private var durable: DurableStore { workspace.host.durable }

    private mutating func nextLayer() -> LayerName { planned.popLast() ?? .unique() }

    /// A container that has written something, by what lies on the disk: it may outlive its record.
    private struct Source {
        var id: ContainerID
        var state: FilePath
        var origin: ContainerOrigin
        var record: ContainerRecord?
    }

    /// Takes all that there is into the document.
    ///
    /// - Parameters:
    ///   - images: the names of the services' images, by service.
    ///   - stopped: the containers that ran until they were stopped for the snapshot: a restore starts their services.
    mutating func capture(images: [ServiceName: String], stopped: Set<ContainerID>) throws {
        let records = try workspace.records()
        let statuses = try workspace.supervisedContainers(records)
        let running = records.containers.filter { record in
            let id = ContainerID(record)
            let status = statuses["\(id)"]
            return workspace.layout.isRunning(id, workspace.id) || status?.state == .running
                || status?.state == .starting || status?.isRestarting == true
        }
        let sources = try sources(records)
        document.layers = []
        let isStill = running.isEmpty && !hasPins(records)
        document.method = running.isEmpty ? .stopped : .frozen
        let alive = running.filter { workspace.layout.isRunning(ContainerID($0), workspace.id) }
        let runningIDs = stopped.union(alive.map { ContainerID($0) })
        try ContainerFreeze(workspace).whileFrozen(alive) {
            for source in sources {
                try take(source, runningIDs.contains(source.id), isStill: isStill, images)
            }
            try takeVolumes(isStill: isStill)
        }
        if keepsImages { try keepImages() }
    }

    /// Gives the images that containers lie upon names, so that they stay.
    private mutating func keepImages() throws {
        for index in document.containers.indices {
            let container = document.containers[index]
            let name = try SnapshotCatalog.imageName(id, container.id)
            guard try workspace.host.images.keep(id: container.upon, as: name) else { continue }
            document.containers[index].keptImage = name.description
        }
    }

    /// Bound directories of a container that has ended still lead to the old place of what a rename would move.
    private func hasPins(_ records: RuntimeRecords) -> Bool {
        records.containers.contains { Files.exists(MountSources.pins(of: ContainerID($0), in: workspace)) }
    }

    private func sources(_ records: RuntimeRecords) throws -> [Source] {
        let directory = workspace.stateDirectory.appending("containers")
        let known = Dictionary(records.containers.map { (ContainerID($0), $0) }) { first, _ in first }
        return try Files.names(in: directory).compactMap { name in
            let state = directory.appending(name)
            guard let id = try? ContainerID(name), let origin = try ContainerOrigin.read(in: state),
                try known[id]?.decodedFingerprint().isOneOff != true
            else { return nil }
            return Source(id: id, state: state, origin: origin, record: known[id])
        }
    }

    // MARK: - Containers

    private mutating func take(
        _ source: Source, _ isRunning: Bool, isStill: Bool, _ images: [ServiceName: String]
    ) throws {
        var all = source.origin.layers
        let upper = source.state.appending("upper")
        if Files.exists(upper) { all.insert(try copy(upper, of: source.origin.identity), at: 0) }
        var container = SnapshotDocument.Container(
            id: source.id, imageID: source.record?.baseImageID ?? source.origin.imageID,
            image: images[source.id.service] ?? "", upon: source.origin.imageID, wasRunning: isRunning,
            layers: all)
        container.steps = try durable.provisionedSteps(environmentID: workspace.id)
            .filter { $0.service == source.id.service && $0.number == source.id.number }
            .map {
                SnapshotDocument.Step(
                    name: $0.name, fingerprint: $0.fingerprint, isComplete: $0.isComplete, ranAt: $0.ranAt,
                    code: $0.code)
            }
        container.dotfiles = try Files.text(workspace.layout.dotfiles("\(source.id)", of: workspace.id))
        for path in try anonymousVolumes(of: source) {
            let name = path.lastComponent?.string ?? ""
            container.volumes.append(.init(name: name, layers: try take(volume: path, isStill: isStill)))
        }
        document.containers.append(container)
    }

    // MARK: - Volumes

    private func anonymousVolumes(of source: Source) throws -> [FilePath] {
        let directory = source.state.appending("volumes")
        return try Files.names(in: directory).filter { !$0.hasPrefix(".") }.map { directory.appending($0) }
    }

    /// The volumes with names that the environment has made.
    private func volumes() throws -> [(name: String, path: FilePath, isShared: Bool)] {
        let own = try durable.volumes(environmentID: workspace.id)
            .map { ($0.name.rawValue, FilePath($0.path), false) }
            .filter { Files.exists($0.1) || Files.exists(LayeredVolume.side(of: $0.1)) }
        let shared = try durable.namedVolumes().filter { $0.environmentID == workspace.id }
            .map { ($0.name.rawValue, FilePath($0.path), true) }
        return own + shared
    }

    private mutating func takeVolumes(isStill: Bool) throws {
        for volume in try volumes() {
            let others = volume.isShared ? try VolumeUse(layout: workspace.layout).containers(of: volume.path) : []
            document.volumes.append(
                .init(
                    name: volume.name, isShared: volume.isShared,
                    layers: try take(volume: volume.path, isStill: isStill && others.isEmpty)))
        }
    }

    /// The layers of a volume at this moment.
    private mutating func take(volume path: FilePath, isStill: Bool) throws -> [String] {
        if var volume = try LayeredVolume(at: path) {
            guard isStill else {
                return try Files.names(in: volume.upper).isEmpty
                    ? volume.layers : [try copy(volume.upper)] + volume.layers
            }
            try LayeredVolume.unmount(path)
            let layer = nextLayer()
            if try volume.freezeUpper(as: layer.text, in: layers.directory) { note(layer) }
            return volume.layers
        }
        guard isStill, try isRenamed(path) else {
            if !sharesBlocks { copiedVolumes.append(path.lastComponent?.string ?? "") }
            return [try copy(path)]
        }
        let layer = nextLayer()
        try LayeredVolume.freeze(plain: path, as: layer.text, in: layers.directory)
        note(layer)
        return [layer.text]
    }

    /// Whether a directory becomes a layer by a rename. Where files share their blocks a copy is as quick and stays plain.
    private func isRenamed(_ path: FilePath) throws -> Bool {
        let isNear = try Files.status(path)?.device == Files.status(layers.directory)?.device
        return isNear && !Mounts.isRoot(path) && !sharesBlocks
    }

    private var sharesBlocks: Bool {
        // A file system that cannot be tried shares nothing.
        (try? BlockSharing.isPossible(in: layers.directory)) ?? false
    }

    private mutating func copy(_ directory: FilePath, of identity: KeptIdentity? = nil) throws -> String {
        let layer = nextLayer()
        try workspace.host.images.local.snapshot(directory, of: identity, as: layer, isDurable: false)
        note(layer)
        document.hasCopies = true
        return layer.text
    }

    private mutating func note(_ layer: LayerName) {
        document.layers.append(.init(name: layer.text, size: nil))
    }
}
