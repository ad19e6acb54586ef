package import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The kept results of build steps: their sizes and their removal.
package struct BuildCache: Sendable {
    private let images: LocalImages
    private let records: any BuildCacheRecords

    package init(images: LocalImages, records: any BuildCacheRecords) {
        self.images = images
        self.records = records
    }

    /// A kept layer.
    package struct Entry: Sendable, Hashable {
        package var layer: LayerName
        /// The instruction that made it.
        package var instruction: String
        /// Of all files in it, in bytes.
        package var size: Int64
        /// In seconds since 1970.
        package var createdAt: Int64
        package var usedAt: Int64
        /// Whether an image contains the layer, so that it stays when the cache removes its record.
        package var isInUse: Bool
    }

    /// Every layer, the most recently used first. Sizes are measured the first time.
    package func entries() throws -> [Entry] {
        let needed = try images.roots().layers
        return try grouped().map { layer, records in
            let newest = records.max { $0.usedAt < $1.usedAt }
            return Entry(
                layer: layer, instruction: newest?.instruction ?? "", size: try images.measured(layer).size ?? 0,
                createdAt: newest?.createdAt ?? 0, usedAt: newest?.usedAt ?? 0, isInUse: needed.contains(layer.text))
        }.sorted { ($1.usedAt, $1.layer.text) < ($0.usedAt, $0.layer.text) }
    }

    /// The records of existing layers, by layer; several keys may refer to one layer.
    private func grouped() throws -> [LayerName: [CacheRecord]] {
        Dictionary(grouping: try records.records(), by: \.layer).filter { layer, _ in isThere(layer) }
    }

    private func isThere(_ layer: LayerName) -> Bool {
        Files.exists(images.store.layers.directory.appending(layer.text))
    }

    /// What `prune` removed.
    package struct Pruned: Sendable, Hashable {
        package var entries: [Entry] = []
        /// Bytes that are free now: of layers that no image has.
        package var size: Int64 = 0
    }

    /// Removes unneeded results, and the space of those that no image contains.
    ///
    /// The caller prevents builds meanwhile, as for every garbage collection. Records are removed before their layers:
    /// a build that finds no layer runs the step again.
    ///
    /// - Parameters:
    ///   - time: Only results that were last used before, in seconds since 1970.
    ///   - size: Results are kept, the most recently used first, up to this total size; 0 keeps none.
    package func prune(usedBefore time: Int64 = .max, keeping size: Int64 = 0) throws -> Pruned {
        try forgetMissing()
        let groups = try grouped()
        var pruned = Pruned()
        var kept: Int64 = 0
        for entry in try entries() {
            if entry.isInUse { continue }
            if entry.usedAt >= time || kept + entry.size <= size && size > 0 {
                kept += entry.size
                continue
            }
            try records.remove((groups[entry.layer] ?? []).map(\.key))
            try images.removeLayer(entry.layer)
            pruned.entries.append(entry)
            pruned.size += entry.size
        }
        return pruned
    }

    /// Removes the records of all results that no local image contains; their layers may then be collected.
    ///
    /// - Parameter all: also the results that images contain.
    /// - Returns: the number of layers.
    package func forget(all: Bool) throws -> Int {
        let needed = all ? [] : try images.roots().layers
        let gone = try records.records().filter { !needed.contains($0.layer.text) }
        try records.remove(gone.map(\.key))
        return Set(gone.map(\.layer)).count
    }

    /// Removes the notes of stages whose results are all removed, and of images when no local image is left.
    package func forgetNotes() throws {
        let hasImages = try !images.records.images().isEmpty
        var gone: [String] = []
        for name in try records.noteNames() {
            if name.hasPrefix(StageTrace.notePrefix) {
                var isOfUse = false
                for step in try StageTrace.read(name, from: records)?.steps ?? [] where !isOfUse {
                    isOfUse = try records.record(for: step.key) != nil
                }
                if !isOfUse { gone.append(name) }
            } else if name.hasPrefix(ImageAssembly.notePrefix), !hasImages {
                gone.append(name)
            }
        }
        try records.removeNotes(gone)
    }

    /// A record without its layer explains no more than a missing record.
    private func forgetMissing() throws {
        try records.remove(try records.records().filter { !isThere($0.layer) }.map(\.key))
    }
}
