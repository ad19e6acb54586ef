internal import Execution
package import ImageCommands
internal import LinuxSystem
internal import Store
internal import SystemPackage
package import Workspaces

/// What `prune` takes beyond what nothing needs.
package struct DiskPruneRequest: Sendable {
    /// Images, seeds and the cache of builds, too.
    package var all = false

    package init() {}
}

/// `du` and `prune`.
extension Engine {
    /// What takes space on the disk.
    package func diskUsage() throws -> DiskUsage { try images.diskUsage() }

    /// How long a seed stays that no environment begins from: 30 days.
    private static let seedLife = Duration.seconds(30 * 86400)

    /// Removes what nothing needs: seeds that were not used for long, the volumes and snapshots of projects whose directory is gone, and what no image has.
    ///
    /// - Returns: one line for each thing that was removed, and the bytes of layers and blobs that are free now.
    package func prune(_ request: DiskPruneRequest, sink: any EventSink) throws -> (
        removed: [String], images: PruneReport
    ) {
        let host = try context.host()
        var removed: [String] = []
        let volumes = try unusedVolumes(all: false).map(\.name)
        try removeVolumes(volumes, sink: sink)
        removed += volumes.map { "volume \($0)" }
        let environments = try host.durable.environments()
        for snapshot in try host.durable.snapshots() {
            let record = environments.first { $0.id == snapshot.environmentID }
            let isGone = record.map { !Files.exists(FilePath($0.directory)) } ?? false
            guard isGone || !snapshot.isComplete else { continue }
            // One that is not complete may be in the making.
            let workspace = Workspace(id: snapshot.environmentID, host: host)
            let lock = try context.lock(workspace, sink)
            let catalog = SnapshotCatalog(host, of: snapshot.environmentID)
            if isGone { try catalog.delete(snapshot) } else { try catalog.removeUnfinished() }
            removed.append("snapshot \(snapshot.name) of \(snapshot.environmentID)")
            _ = consume lock
        }
        removed += try SeedCatalog(host).prune(unusedFor: request.all ? .zero : Self.seedLife)
        var options = PruneOptions()
        options.all = request.all
        let report = try images.pruneImages(options)
        removed += report.images.map { "image \($0)" }
        return (removed, report)
    }
}
