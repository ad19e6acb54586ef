internal import Builder
internal import Containers
internal import Execution
package import ImageCommands
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What `commit` was asked.
package struct CommitRequest: Sendable {
    package var service: String
    /// The name of the new image.
    package var name: String
    package var message: String?
    package var author: String?
    /// Whether the container's processes stand still meanwhile, so that the image is of one moment.
    package var pauses: Bool
    /// Instructions of a Dockerfile that change how the image is run.
    package var changes: [String]
    /// Added to the image's.
    package var labels: [String: String] = [:]

    package init(
        service: String, name: String, message: String? = nil, author: String? = nil, pauses: Bool = true,
        changes: [String] = []
    ) {
        self.service = service
        self.name = name
        self.message = message
        self.author = author
        self.pauses = pauses
        self.changes = changes
    }
}

extension ContainerSessions {
    /// Makes an image of what a container is now: its image with its own changes as one more layer.
    ///
    /// The layer has no tar and no digest before it is pushed or saved.
    package func commit(_ commit: CommitRequest, _ identity: EnvironmentTarget, sink: any EventSink) throws -> ImageRow
    {
        let host = try host()
        let workspace = Workspace(id: identity.id, host: host)
        let changes = try ConfigurationChanges(commit.changes)
        let lock = try context.lock(workspace, sink)
        let record = try workspace.records().container(named: commit.service, of: identity)
        let id = ContainerID(record)
        let name = try Reference(commit.name).checkedTag(commit.name).description
        guard let base = try host.images.image(id: record.imageID) else {
            throw EngineError(
                .image,
                "The image that \(id) was made from has no name any more; bring it back with `trice image pull`.")
        }
        let upper = workspace.stateDirectory(of: id).appending("upper")
        guard Files.exists(upper) else {
            throw EngineError(.image, "\(id) has never been started, so there is nothing to commit.")
        }
        let protection = try host.images.store.protect()
        var below = try host.images.local.base(base)
        // What earlier commits took while it did not run lies between.
        for taken in record.layersTaken(from: base).reversed() {
            below = try below.adding(LayerName(taken), by: ImageStep(createdBy: "trice commit \(id)"))
        }
        let kept = try ContainerOrigin.identity(in: workspace.stateDirectory(of: id))
        // What a user namespace of its own has exchanged is put back in a copy.
        let layer =
            layout.isRunning(id, identity.id) || kept != nil
            ? try copy(upper, of: record, kept, pausing: commit.pauses, workspace)
            : try take(upper, of: record, workspace)
        let place = host.images.store.layers.directory.appending(layer.text)
        try removeMountPoints(in: place)
        // A user's own files are for no other user.
        try Dotfiles.remove(recordedAt: layout.dotfiles("\(id)", of: identity.id), from: place)
        let step = ImageStep(createdBy: "trice commit \(id)", comment: commit.message, author: commit.author)
        let configuration = below.configuration
        let labels = commit.labels
        let edit: ExecutionEdit = { (execution) throws(ImageError) in
            try execution.apply(changes, to: configuration)
            execution.labels.merge(labels) { $1 }
        }
        try host.images.local.commit(
            base: below, layer: layer, step: step, named: name,
            edit: commit.changes.isEmpty && labels.isEmpty ? nil : edit)
        try host.images.store.remove(named: name)
        // The user has what he waited for; a power cut in the next second would take it away again.
        try Files.synchronizeSoon(host.images.store.layers.directory)
        _ = consume protection
        _ = consume lock
        return try host.find(commit.name, request).row(usedBy: try host.runtime.containers())
    }

    /// Takes away the empty files that our own files of names and users were mounted on: they are no change of the container's.
    private func removeMountPoints(in layer: FilePath) throws {
        for name in ["hostname", "hosts", "resolv.conf", "passwd"] {
            let path = layer.appending("etc").appending(name)
            guard let status = try Files.status(path), status.kind == .regular, status.size == 0 else { continue }
            try Files.remove(path)
        }
    }

    /// A container that runs keeps its directory: the layer is a copy, of one moment where nothing moves meanwhile.
    private func copy(
        _ upper: FilePath, of record: ContainerRecord, _ identity: KeptIdentity?, pausing: Bool,
        _ workspace: Workspace
    ) throws -> LayerName {
        let images = workspace.host.images.local
        // Without a control group nothing makes its processes stand still.
        guard pausing, try workspace.host.pauseProblem(named: record.runtime) == nil else {
            return try images.snapshot(upper, of: identity, isDurable: false)
        }
        return try ContainerFreeze(workspace).whileFrozen([record]) {
            try images.snapshot(upper, of: identity, isDurable: false)
        }
    }

    /// A container that does not run gives its directory away, whatever its size, and goes on upon it.
    ///
    /// The record names the layer before the layer exists: so it is never collected, and an interruption loses nothing.
    private func take(_ upper: FilePath, of record: ContainerRecord, _ workspace: Workspace) throws -> LayerName {
        let layer = LayerName.unique()
        var record = record
        record.layers.insert(layer.text, at: 0)
        try workspace.host.runtime.update(record)
        try ContainerOrigin(record).write(in: workspace.stateDirectory(of: ContainerID(record)))
        // They go with the directory, and are copied again.
        let run = workspace.runDirectory(of: ContainerID(record))
        for name in try Files.names(in: run) where name.hasPrefix("dotfiles-") { try Files.remove(run.appending(name)) }
        try RootFilesystem.unmount(workspace.rootfs(of: ContainerID(record)))
        try workspace.host.images.local.adopt(upper, as: layer, isDurable: false)
        try workspace.rootFilesystem(of: record)?.mount()
        return layer
    }
}
