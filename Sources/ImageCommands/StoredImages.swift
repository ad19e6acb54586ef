internal import Builder
internal import Building
internal import Execution
internal import FoundationEssentials
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.OperationID

/// An image as `image ls` shows it.
package struct ImageRow: Sendable, Encodable {
    /// As people write it: `nginx:1.25`.
    package var name: String
    package var id: String
    /// What a registry knows the image by; `nil` for one that was made here and never packed.
    package var digest: String?
    /// RFC 3339.
    package var created: String?
    /// Bytes of the layers.
    package var size: Int64
    package var layers: Int
    package var isLocal: Bool
    /// The containers that were made from it, as `ENVIRONMENT/CONTAINER`.
    package var usedBy: [String]
}

/// What `prune` removed.
package struct PruneReport: Sendable, Encodable {
    package var images: [String]
    package var layers: [String]
    package var blobs: [String]
    /// How many results of build steps were forgotten.
    package var steps = 0
    package var cacheMounts: [CacheMountRow] = []
    /// Those that stay.
    package var keptCacheMounts: [CacheMountRow] = []
    /// Bytes, of all that was removed.
    package var freed: Int64
}

/// A directory that builds keep for `RUN --mount=type=cache`.
package struct CacheMountRow: Sendable, Encodable {
    /// As the Dockerfile calls it.
    package var id: String
    /// Bytes.
    package var size: Int64
}

/// What `image prune` takes beyond what nothing needs.
package struct PruneOptions: Sendable {
    /// Images that have a name, but that no container was made from, and the results of all build steps.
    package var all = false
    /// The results of build steps that no image has.
    package var buildCache = false
    /// The directories of `RUN --mount=type=cache` that no build uses just now.
    package var cacheMounts = false

    package init() {}
}

/// `image …`: what is in the store, whatever project uses it.
extension ImageAdministration {
    /// Every image, by name.
    package func list() throws -> [ImageRow] {
        let host = try host()
        let containers = try host.runtime.containers()
        return try host.images.list().filter { !SnapshotCatalog.keeps($0.reference) }.map { $0.row(usedBy: containers) }
    }

    /// One image, as `list` has it.
    package func row(of name: String) throws -> ImageRow {
        let host = try host()
        return try host.find(name, request).row(usedBy: host.runtime.containers())
    }

    /// Gives an image another name.
    package func tag(_ name: String, as other: String) throws {
        let host = try host()
        try host.images.tag(try host.find(name, request), as: try Reference(other).checkedTag(other))
    }

    /// Takes images' names away.
    ///
    /// - Returns: the names.
    /// - Throws: `EngineError.image` for one that containers were made from and that has no other name, unless `force`.
    package func removeImages(_ names: [String], force: Bool) throws -> [String] {
        let host = try host()
        let entries = try names.map { try host.find($0, request) }
        let all = try host.images.list()
        let containers = try host.runtime.containers()
        for entry in entries where !force {
            let users = entry.row(usedBy: containers).usedBy
            let others = all.filter { other in
                other.image.id == entry.image.id && !entries.contains { $0.reference == other.reference }
            }
            guard users.isEmpty || !others.isEmpty else {
                throw EngineError(
                    .image,
                    "The image \(entry.familiarName) cannot be removed: \(users.joined(separator: ", ")) "
                        + "\(users.count == 1 ? "is" : "are") made from it. Take that down first, or use --force to "
                        + "take only the name away.")
            }
        }
        for entry in entries { try host.images.remove(named: entry.reference) }
        return entries.map(\.familiarName)
    }

    /// Brings images by name.
    package func pullImages(_ names: [String], sink: any EventSink) async throws -> [ImageRow] {
        let host = try host()
        let images = ProjectImages(host: host, directory: request.workingDirectory)
        // What cannot be read is told before anything is brought.
        for name in names { _ = try ImageReference(name, relativeTo: request.workingDirectory) }
        let protection = try host.images.store.protect()
        try await pull(ImagePulls.plan(names), images, sink)
        let containers = try host.runtime.containers()
        let rows = try names.map { try host.find($0, request).row(usedBy: containers) }
        _ = consume protection
        return rows
    }

    /// Sends images to the registries that their names say.
    package func pushImages(_ names: [String], sink: any EventSink) async throws {
        let host = try host()
        let entries = try names.map { name in
            (try host.find(name, request), try Reference(name).checkedTag(name))
        }
        let protection = try host.images.store.protect()
        for (number, (entry, reference)) in entries.enumerated() {
            let reporter = Reporter(
                operation: OperationID(.push, number), resource: "image \(reference.familiar)", action: "push",
                sink: sink,
                completed: number, total: entries.count)
            try await withTaskExecutorPreference(BlockingExecutor(label: "trice.push")) {
                try await reporter.report {
                    let manifest = try host.images.packed(entry)
                    try host.images.store.push(manifest, to: reference) { reporter.send($0) }
                }
            }
        }
        _ = consume protection
    }

    /// Frees what nothing needs.
    package func pruneImages(_ options: PruneOptions) throws -> PruneReport {
        let host = try host()
        try BuildLeftovers(host: host).remove()
        let records = RecordedBuilds(durable: host.durable)
        let cache = BuildCache(images: host.images.local, records: records)
        var report = PruneReport(images: [], layers: [], blobs: [], freed: 0)
        var copies: Int64 = 0
        let (names, collected) = try host.images.collect(
            inUse: {
                // With a name or without, what a build made is there to be made again from the cache.
                if options.all || options.buildCache { report.steps = try cache.forget(all: options.all) }
                try cache.forgetNotes()
                copies = try ExchangedLayers.collect(
                    besides: host.images.store.layers.directory, keeping: host.keptIdentities())
                return try host.neededLayers().union(try records.records().map(\.layer.text))
            },
            forgetting: { entries in
                let unneeded = SnapshotCatalog.unneeded(entries.map(\.reference), by: try host.durable.snapshots())
                guard options.all else { return unneeded }
                let used = Set(try host.runtime.containers().map(\.imageID))
                return unneeded
                    + entries.filter { entry in
                        !used.contains("\(entry.image.id)") && !SnapshotCatalog.keeps(entry.reference)
                    }.map(\.reference)
            })
        for name in names { try host.durable.deleteImagePull(reference: name) }
        report.images = names.filter { !SnapshotCatalog.keeps($0) }.map { (try? Reference($0))?.familiar ?? $0 }
        report.layers = collected.layers
        report.blobs = collected.blobs
        report.freed = collected.bytes + copies
        try pruneCacheMounts(&report, removes: options.cacheMounts)
        return report
    }

    private func pruneCacheMounts(_ report: inout PruneReport, removes: Bool) throws {
        let directory = StepRunner.cacheMounts(in: layout.builds)
        guard Files.exists(directory) else { return }
        let caches = try CacheMounts(directory)
        for entry in try caches.list() {
            let row = CacheMountRow(id: entry.id, size: entry.size)
            if removes, try caches.remove(entry.key) {
                report.cacheMounts.append(row)
                report.freed += row.size
            } else {
                report.keptCacheMounts.append(row)
            }
        }
    }
}
