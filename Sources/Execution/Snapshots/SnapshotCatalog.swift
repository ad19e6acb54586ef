internal import Images
internal import LinuxSystem
internal import OCI
package import Snapshots
package import Store
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// The snapshots of one environment: found by name, checked, and removed.
package struct SnapshotCatalog: Sendable {
    let host: Host
    let environment: EnvironmentID

    package init(_ host: Host, of environment: EnvironmentID) {
        self.host = host
        self.environment = environment
    }

    /// The registry that no machine has, for the names by which snapshots keep images.
    private static let registry = "snapshot.trice.invalid"

    /// Whether a snapshot has given an image this name.
    package static func keeps(_ reference: String) -> Bool { reference.hasPrefix(registry + "/") }

    /// Those of these names that a snapshot has given and no snapshot needs: a power cut came between a name and a record.
    package static func unneeded(_ references: [String], by snapshots: [SnapshotRecord]) -> [String] {
        let known = Set(snapshots.map(\.id))
        return references.filter { reference in
            keeps(reference)
                && !known.contains(String(reference.dropFirst(registry.utf8.count + 1).prefix { $0 != ":" }))
        }
    }

    /// The name by which a snapshot keeps the image of a container.
    static func imageName(_ snapshot: String, _ container: ContainerID) throws -> Reference {
        let service = container.service.rawValue.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
        let plain = String(service).split(separator: "-").joined(separator: "-").prefix(80)
        return try Reference("\(registry)/\(snapshot):\(plain)-\(container.number)")
    }

    /// Those that are complete, the oldest first.
    package func complete() throws -> [SnapshotRecord] {
        try host.durable.snapshots(environmentID: environment).filter(\.isComplete)
    }

    /// The snapshot of a name, ready to be used.
    ///
    /// - Throws: `EngineError.snapshot` for one that is not there, is not complete, was saved by a later version or on
    ///   another processor, or has lost layers.
    package func find(_ name: String) throws -> (record: SnapshotRecord, document: SnapshotDocument) {
        let all = try host.durable.snapshots(environmentID: environment)
        guard let record = all.first(where: { $0.name == name }) else {
            let names = all.filter(\.isComplete).map { "`\($0.name)`" }
            throw EngineError(
                .snapshot,
                "There is no snapshot `\(name)` of \(environment). "
                    + (names.isEmpty
                        ? "Save one with `trice snapshot save \(name)`."
                        : "There are: \(names.joined(separator: ", ")).")
            )
        }
        guard record.isComplete else {
            throw EngineError(
                .snapshot,
                "The snapshot `\(name)` is half-written: the command that saved it was killed. Remove it with `trice snapshot "
                    + "delete \(name)`, and save it again.")
        }
        let document = try record.decoded()
        try check(document, name)
        return (record, document)
    }

    /// The last snapshot that `push` has made.
    package func lastPushed() throws -> (record: SnapshotRecord, document: SnapshotDocument) {
        for record in try complete().reversed() where try record.decoded().isPushed { return try find(record.name) }
        throw EngineError(
            .snapshot, "There is nothing to pop: no snapshot of \(environment) was pushed. `trice snapshot push` does.")
    }

    private func check(_ document: SnapshotDocument, _ name: String) throws {
        guard document.format <= SnapshotDocument.currentFormat else {
            throw EngineError(
                .snapshot,
                "The snapshot `\(name)` has the form \(document.format) of Trice \(document.version), and this version knows "
                    + "\(SnapshotDocument.currentFormat) only. Use that version.")
        }
        let architecture = Platform.host.architecture
        guard document.architecture == architecture else {
            throw EngineError(
                .snapshot,
                "The snapshot `\(name)` was saved on a machine of the architecture \(document.architecture), and this one has "
                    + "\(architecture). Its programs do not run here.")
        }
        let lost = document.neededLayers.filter { !Files.exists(directory(ofLayer: $0)) }
        guard lost.isEmpty else {
            throw EngineError(
                .snapshot,
                "The snapshot `\(name)` is damaged: \(lost.count == 1 ? "a layer of it is" : "\(lost.count) layers of it are") "
                    + "gone (\(lost.sorted().joined(separator: ", "))). Remove it with `trice snapshot delete \(name)`."
            )
        }
    }

    func directory(ofLayer name: String) -> FilePath { host.images.store.layers.directory.appending(name) }

    /// - Throws: `EngineError.snapshot` for a name that has another form or is taken.
    func checkFree(_ name: SnapshotName) throws {
        guard
            let other = try host.durable.snapshots(environmentID: environment).first(where: { $0.name == name.rawValue }
            )
        else { return }
        if other.isComplete {
            throw EngineError(
                .snapshot,
                "There is a snapshot `\(name)` of \(environment) already. Use another name, or `trice snapshot delete \(name)` "
                    + "first.")
        }
        try delete(other)
    }

    /// Removes what killed commands have left of snapshots that were never complete. The caller holds the environment's lock.
    package func removeUnfinished() throws {
        for record in try host.durable.snapshots(environmentID: environment) where !record.isComplete {
            try delete(record)
        }
    }

    /// Removes a snapshot, and those of its own layers that nothing else needs.
    package func delete(_ record: SnapshotRecord) throws {
        // One that cannot be read names nothing that could be freed; `prune` does it.
        let document = try? record.decoded()
        try host.durable.deleteSnapshot(id: record.id)
        // The record of one that was never complete does not know the names that it gave.
        for name in try host.images.names() where name.hasPrefix("\(Self.registry)/\(record.id):") {
            try host.images.remove(named: name)
        }
        try free(document?.layers.map(\.name) ?? [])
    }

    /// Removes layers that were made for a snapshot, as far as nothing needs them.
    func free(_ layers: [String]) throws {
        guard !layers.isEmpty else { return }
        let own = Set(layers)
        _ = try host.images.collect(among: own, inUse: { try host.neededLayers() })
    }
}
