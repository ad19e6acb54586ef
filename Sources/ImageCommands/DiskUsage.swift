internal import Builder
internal import Building
internal import Execution
internal import Images
internal import LinuxSystem
internal import Snapshots
internal import Store
internal import SystemPackage
internal import Workspaces

internal import enum Vocabulary.JSONCoding

/// What takes space on the disk, and which command frees it.
package struct DiskUsage: Sendable, Encodable {
    /// One kind of things. No byte is counted in two rows.
    package struct Row: Sendable, Encodable {
        /// Such as `images`.
        package var kind: String
        /// How many things of this kind there are.
        package var count: Int
        /// Bytes on the disk.
        package var size: Int64
        /// What of it the command frees.
        package var freeable: Int64
        /// `nil` where nothing can be freed.
        package var command: String?
    }

    /// In the order of the table.
    package var rows: [Row]

    /// Bytes of all rows.
    package var size: Int64 { rows.reduce(0) { $0 + $1.size } }
}

extension ImageAdministration {
    /// Measures all that Trice keeps in its state directory.
    package func diskUsage() throws -> DiskUsage {
        let host = try host()
        let protection = try host.images.store.protect()
        let usage = try DiskSurvey(host: host).usage()
        _ = consume protection
        return usage
    }
}

/// Goes through the state directory; each layer belongs to the first that needs it: images, containers and volumes, snapshots,
/// seeds, builds.
private struct DiskSurvey {
    let host: Host

    private var layout: Layout { host.layout }
    private var layers: FilePath { host.images.store.layers.directory }

    /// The layers that no row has counted yet, with their sizes.
    private struct OpenLayers {
        var sizes: [String: Int64]

        mutating func take(_ names: some Sequence<String>) -> (count: Int, size: Int64) {
            var (count, size) = (0, Int64(0))
            for name in names {
                guard let found = sizes.removeValue(forKey: name) else { continue }
                (count, size) = (count + 1, size + found)
            }
            return (count, size)
        }
    }

    func usage() throws -> DiskUsage {
        let present = try Files.names(in: layers).filter { $0 != "ingest" && $0 != "unsettled" }
        let sizes = try sizes(of: present.map { layers.appending($0) })
        var open = OpenLayers(sizes: Dictionary(uniqueKeysWithValues: zip(present, sizes)))
        // In this order: what a row has counted no later one counts.
        var rows = [try images(&open), try volumes(&open)]
        rows.append(try snapshots(&open))
        rows.append(try seeds(&open))
        rows += try builds(&open)
        let rest = open.take(present)
        rows.append(Self.row("layers that nothing needs", rest.count, rest.size, by: "trice image prune"))
        rows += try copies()
        let containers = try total(try environmentParts("containers"))
        rows.append(
            Self.row("containers' own files", try host.runtime.containers().count, containers, by: "trice down"))
        let logs = try environmentParts("logs")
        rows.append(Self.row("logs", logs.count, try total(logs), by: "trice down"))
        return DiskUsage(rows: rows)
    }

    private static func row(
        _ kind: String, _ count: Int, _ size: Int64, freeable: Int64? = nil, by command: String
    ) -> DiskUsage.Row {
        let freeable = freeable ?? size
        return .init(kind: kind, count: count, size: size, freeable: freeable, command: freeable > 0 ? command : nil)
    }

    private func images(_ open: inout OpenLayers) throws -> DiskUsage.Row {
        let named = try host.images.list().filter { !SnapshotCatalog.keeps($0.reference) }
        let used = Set(try host.runtime.containers().map(\.imageID))
        let inUse = open.take(Self.layers(of: named.filter { used.contains("\($0.image.id)") }))
        let unused = open.take(Self.layers(of: named))
        let blobs = try total([layout.images.appending("content")])
        return Self.row(
            "images", named.count, inUse.size + unused.size + blobs, freeable: unused.size,
            by: "trice image prune --all")
    }

    private func volumes(_ open: inout OpenLayers) throws -> DiskUsage.Row {
        let volumes = try host.namedVolumes()
        let below = open.take(try host.layersOfContainersAndVolumes())
        let own = try total([layout.state.appending("volumes"), layout.namedVolumes])
        return Self.row(
            "volumes", volumes.count, own + below.size, freeable: try total(try goneVolumes(volumes)),
            by: "trice volume prune")
    }

    /// The copies of layers for users of containers; none for root.
    private func copies() throws -> [DiskUsage.Row] {
        let parent = ExchangedLayers.parent(of: layers)
        let all = try Files.names(in: parent)
        guard !all.isEmpty else { return [] }
        let used = Set(try host.keptIdentities().map(\.description))
        let unused = all.filter { !used.contains($0) }.map { parent.appending($0) }
        return [
            Self.row(
                "copies for users of containers", all.count, try total([parent]), freeable: try total(unused),
                by: "trice image prune")
        ]
    }

    private func snapshots(_ open: inout OpenLayers) throws -> DiskUsage.Row {
        let snapshots = try host.durable.snapshots()
        let kept = open.take(try Set(snapshots.flatMap { try $0.decoded().neededLayers }))
        return Self.row("snapshots", snapshots.count, kept.size, by: "trice snapshot delete")
    }

    private func seeds(_ open: inout OpenLayers) throws -> DiskUsage.Row {
        let seeds = try SeedCatalog(host).complete()
        let kept = open.take(Set(seeds.flatMap(\.layers)))
        return Self.row("seeds", seeds.count, kept.size, by: "trice prune --all")
    }

    private func builds(_ open: inout OpenLayers) throws -> [DiskUsage.Row] {
        let steps = try RecordedBuilds(durable: host.durable).records()
        let built = open.take(Set(steps.map(\.layer.text)))
        let directory = StepRunner.cacheMounts(in: layout.builds)
        let caches = Files.exists(directory) ? try CacheMounts(directory).list() : []
        return [
            Self.row("build cache", steps.count, built.size, by: "trice image prune --build-cache"),
            Self.row(
                "cache mounts of builds", caches.count, caches.reduce(0) { $0 + $1.size },
                by: "trice image prune --cache-mounts"),
        ]
    }

    private static func layers(of entries: [ImageLibrary.Entry]) -> Set<String> {
        Set(entries.flatMap { $0.image.layerDirectories.compactMap { $0.lastComponent?.string } })
    }

    /// The volumes whose project directory is gone and that no container uses.
    private func goneVolumes(_ volumes: [Host.FoundVolume]) throws -> [FilePath] {
        let directories = Dictionary(try host.durable.environments().map { ($0.id, $0.directory) }) { first, _ in first
        }
        return volumes.filter { volume in
            guard let environment = volume.environment, let directory = directories[environment] else { return false }
            return !Files.exists(FilePath(directory))
        }.map(\.path)
    }

    private func environmentParts(_ name: String) throws -> [FilePath] {
        let environments = layout.state.appending("environments")
        return try Files.names(in: environments).map { environments.appending($0).appending(name) }.filter(Files.exists)
    }

    private func total(_ paths: [FilePath]) throws -> Int64 { try sizes(of: paths).reduce(0, +) }

    /// Bytes on the disk of each, without what is mounted below; 0 for what is not there.
    private func sizes(of paths: [FilePath]) throws -> [Int64] {
        var sizes: [String: Int64] = [:]
        // A command line has an end.
        for start in stride(from: 0, to: paths.count, by: 500) {
            let part = paths[start..<min(start + 500, paths.count)].filter(Files.exists)
            guard !part.isEmpty else { continue }
            let output = try ProcessOutput.of(
                ChildProcess.Command(
                    "du", ["--summarize", "--one-file-system", "--block-size=1"] + part.map(\.string)))
            // What goes away meanwhile makes `du` fail and is left out.
            for line in String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n") {
                let fields = line.split(separator: "\t", maxSplits: 1)
                if fields.count == 2, let size = Int64(fields[0]) { sizes[String(fields[1])] = size }
            }
        }
        return paths.map { sizes[$0.string] ?? 0 }
    }
}
