internal import Images
internal import LinuxSystem
internal import Snapshots
internal import Store
package import Vocabulary
internal import Workspaces

/// A snapshot as `snapshot list` shows it.
package struct SnapshotReport: Codable, Sendable {
    /// The name that the user gave.
    package var name: String
    /// The identifier, unique on this machine.
    package var id: String
    /// The environment that the snapshot is of.
    package var environment: EnvironmentID
    /// The user's own words about the snapshot.
    package var message: String?
    /// `false` for what a killed command has left.
    package var isComplete: Bool
    /// Whether `pop` takes it.
    package var isPushed: Bool
    /// Seconds since 1970.
    package var createdAt: Int64
    /// Seconds since the snapshot was saved.
    package var ageSeconds: Int64
    /// The containers that it has.
    package var containers: [String]
    /// The names of the volumes in the snapshot.
    package var volumes: [String]
    /// Bytes of the files that it keeps for itself; other snapshots and volumes may lie upon them too.
    package var size: Int64
}

extension SnapshotReport {
    init(_ record: SnapshotRecord, on host: Host) throws {
        // What another version has saved, or what is damaged, is listed too: it can be removed.
        let known = try? record.decoded()
        let document =
            known ?? SnapshotDocument(architecture: "", version: "", project: "", method: .stopped)
        name = record.name
        id = record.id
        environment = record.environmentID
        message = known == nil ? "cannot be read" : document.message
        isComplete = record.isComplete
        isPushed = document.isPushed
        createdAt = record.createdAt / 1_000_000_000
        ageSeconds = (WallClock.nanoseconds - record.createdAt) / 1_000_000_000
        containers = document.containers.map { "\($0.id)" }
        volumes = document.volumes.map(\.name)
        size = 0
        for layer in document.layers {
            // One that was lost takes no space; a restore says so.
            size += (try? host.images.local.measured(LayerName(layer.name)).size ?? 0) ?? 0
        }
    }
}
