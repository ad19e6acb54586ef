internal import Building
internal import Envfile
package import Execution
package import ImageCommands
internal import LinuxSystem
package import Workspaces

/// What `snapshot restore` and `pop` were asked.
package struct SnapshotRestoreRequest: Sendable {
    /// `nil` for the last that was pushed.
    package var name: String?
    /// Whether what containers wrote stays as it is now.
    package var onlyVolumes = false
    /// Whether no service is started.
    package var noStart = false
    /// Whether the snapshot is removed afterwards.
    package var deletes = false

    package init(name: String?) {
        self.name = name
    }
}

/// `snapshot …`.
extension Engine {
    /// Keeps what an environment is at this moment.
    package func saveSnapshot(
        _ request: SnapshotSaveRequest, _ identity: EnvironmentTarget, sink: any EventSink
    ) async throws -> SnapshotReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
        let report = try await environments.saveSnapshot(request, identity, workspace, sink)
        _ = consume lock
        return report
    }

    /// Returns the environment to a snapshot, and brings the services up that ran then or ran before.
    ///
    /// - Returns: the name of the snapshot, and how the environment is; `nil` where nothing was started.
    package func restoreSnapshot(
        _ request: SnapshotRestoreRequest, _ project: Project, sink: any EventSink
    ) async throws -> (name: String, status: StatusReport?) {
        let identity = EnvironmentTarget(id: project.id, project: project)
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
        let (name, restored) = try await environments.restoreSnapshot(
            request.name, onlyVolumes: request.onlyVolumes, identity, workspace, sink)
        if request.deletes {
            let catalog = SnapshotCatalog(workspace.host, of: identity.id)
            try catalog.delete(try catalog.find(name).record)
        }
        // `up` takes the lock itself.
        _ = consume lock
        guard !request.noStart, !restored.services.isEmpty else { return (name, nil) }
        var options = UpOptions(services: restored.services)
        options.followsDependencies = false
        return (name, try await up(project.replacing(images: restored.images), options, sink: sink))
    }

    /// The snapshots of an environment, or of all with `nil`, the oldest first.
    package func snapshots(of identity: EnvironmentTarget?) throws -> [SnapshotReport] {
        try environments.snapshots(of: identity?.id)
    }

    /// Removes snapshots, and the space that nothing else needs.
    ///
    /// - Throws: `EngineError.snapshot` for one that is not there; nothing has been removed then.
    package func deleteSnapshots(_ names: [String], _ identity: EnvironmentTarget, sink: any EventSink) throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try environments.deleteSnapshots(names, workspace)
        _ = consume lock
    }

    /// What differs between a snapshot and another one, or the environment as it is now.
    ///
    /// - Parameter name: `nil` for the newest.
    package func snapshotDifference(
        _ name: String?, _ other: String?, _ identity: EnvironmentTarget
    ) throws -> [SnapshotPartDifference] {
        try images.difference(ofSnapshot: name, other, identity)
    }
}
