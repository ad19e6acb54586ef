internal import Store
package import Vocabulary
package import Workspaces

extension EnvironmentControl {
    /// The snapshots of an environment, or of all with `nil`, the oldest first.
    package func snapshots(of environment: EnvironmentID?) throws -> [SnapshotReport] {
        let host = try context.host()
        return try host.durable.snapshots(environmentID: environment).map { try SnapshotReport($0, on: host) }
    }

    /// Removes snapshots, half-written ones too. The caller holds the environment's lock.
    package func deleteSnapshots(_ names: [String], _ workspace: Workspace) throws {
        let all = try workspace.host.durable.snapshots(environmentID: workspace.id)
        let records = try names.map { name in
            if let record = all.first(where: { $0.name == name }) { return record }
            throw EngineError(
                .snapshot,
                "There is no snapshot `\(name)` of \(workspace.id). `trice snapshot list` shows those that there are.")
        }
        for record in records { try SnapshotCatalog(workspace.host, of: workspace.id).delete(record) }
    }
}
