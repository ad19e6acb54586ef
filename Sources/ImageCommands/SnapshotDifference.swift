internal import Execution
internal import Images
internal import LinuxSystem
internal import Snapshots
internal import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What differs in one container or volume between two moments.
package struct SnapshotPartDifference: Sendable, Encodable {
    /// `container web-1` or `volume data`.
    package var part: String
    package var difference: DifferenceReport
}

extension ImageAdministration {
    /// What differs between a snapshot and another one, or the environment as it is now; parts without a difference are left out.
    ///
    /// - Parameter name: `nil` for the newest.
    package func difference(
        ofSnapshot name: String?, _ other: String?, _ identity: EnvironmentTarget
    ) throws -> [SnapshotPartDifference] {
        let host = try host()
        let catalog = SnapshotCatalog(host, of: identity.id)
        guard let name = try name ?? catalog.complete().last?.name else {
            throw EngineError(.snapshot, "There is no snapshot of \(identity.id). Save one with `trice snapshot save`.")
        }
        let stacks = SnapshotStacks(workspace: Workspace(id: identity.id, host: host))
        let old = try stacks.parts(of: catalog.find(name).document)
        let new = try other.map { try stacks.parts(of: catalog.find($0).document) } ?? stacks.partsNow()
        return try Set(old.keys).union(new.keys).sorted().compactMap { part in
            let (before, after) = (old[part] ?? LayerStack([]), new[part] ?? LayerStack([]))
            if before == after { return nil }
            let changes = try TreeDifference(from: before, to: after).changes()
            guard !changes.isEmpty else { return nil }
            return SnapshotPartDifference(part: part, difference: DifferenceReport(changes, from: before, to: after))
        }
    }
}

/// The layers of all containers and volumes of an environment, in a snapshot and now.
private struct SnapshotStacks {
    let workspace: Workspace

    private var layers: FilePath { workspace.host.images.store.layers.directory }

    func parts(of document: SnapshotDocument) -> [String: LayerStack] {
        var parts: [String: LayerStack] = [:]
        for container in document.containers {
            parts["container \(container.id)"] = stack(container.layers)
            for volume in container.volumes { parts[Self.anonymous(container.id, volume.name)] = stack(volume.layers) }
        }
        for volume in document.volumes { parts["volume \(volume.name)"] = stack(volume.layers) }
        return parts
    }

    func partsNow() throws -> [String: LayerStack] {
        var parts: [String: LayerStack] = [:]
        let containers = workspace.stateDirectory.appending("containers")
        for name in try Files.names(in: containers) {
            let state = containers.appending(name)
            guard let id = try? ContainerID(name), let origin = try ContainerOrigin.read(in: state) else { continue }
            let upper = state.appending("upper")
            parts["container \(id)"] = stack(origin.layers).below(upper)
            for volume in try Files.names(in: state.appending("volumes")) where !volume.hasPrefix(".") {
                parts[Self.anonymous(id, volume)] = try stack(ofVolumeAt: state.appending("volumes").appending(volume))
            }
        }
        let durable = workspace.host.durable
        for record in try durable.volumes(environmentID: workspace.id) {
            parts["volume \(record.name)"] = try stack(ofVolumeAt: FilePath(record.path))
        }
        for record in try durable.namedVolumes() where record.environmentID == workspace.id {
            parts["volume \(record.name)"] = try stack(ofVolumeAt: FilePath(record.path))
        }
        return parts
    }

    private static func anonymous(_ id: ContainerID, _ volume: String) -> String {
        "volume \(volume.prefix(12)) of \(id)"
    }

    private func stack(_ names: [String]) -> LayerStack { LayerStack(names.map { layers.appending($0) }) }

    private func stack(ofVolumeAt path: FilePath) throws -> LayerStack {
        guard let volume = try LayeredVolume(at: path) else { return LayerStack([path]) }
        return stack(volume.layers).below(volume.upper)
    }
}
