public import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The results of steps that are kept for later builds: how large they are, and how they go.
public struct BuildCache: Sendable {
    private let images: LocalImages
    private let records: any BuildCacheRecords

    public init(images: LocalImages, records: any BuildCacheRecords) {
        self.images = images
        self.records = records
    }

    /// A layer that is kept.
    public struct Entry: Sendable, Hashable {
        public var layer: LayerName
        /// The instruction that made it.
        public var instruction: String
        /// Of all files in it, in bytes.
        public var size: Int64
        /// In seconds since 1970.
        public var createdAt: Int64
        public var usedAt: Int64
        /// Whether an image has it, so that it stays when the cache lets it go.
        public var isInUse: Bool
    }

    /// Every layer, the one that was used last first. Sizes are found out the first time.
    public func entries() throws -> [Entry] {
        let needed = try images.roots().layers
        return try grouped().map { layer, records in
            let newest = records.max { $0.usedAt < $1.usedAt }
            return Entry(
                layer: layer, instruction: newest?.instruction ?? "", size: try images.measured(layer).size ?? 0,
                createdAt: newest?.createdAt ?? 0, usedAt: newest?.usedAt ?? 0, isInUse: needed.contains(layer.text))
        }.sorted { ($1.usedAt, $1.layer.text) < ($0.usedAt, $0.layer.text) }
    }

    /// The records of layers that are there, by layer; several keys may stand for one.
    private func grouped() throws -> [LayerName: [CacheRecord]] {
        Dictionary(grouping: try records.records(), by: \.layer).filter { layer, _ in isThere(layer) }
    }

    private func isThere(_ layer: LayerName) -> Bool {
        Files.exists(images.store.layers.directory.appending(layer.text))
    }

    /// What `prune` removed.
    public struct Pruned: Sendable, Hashable {
        public var entries: [Entry] = []
        /// Bytes that are free now: of layers that no image has.
        public var size: Int64 = 0
    }

    /// Lets results go that nothing needs, and the space of those that no image has.
    ///
    /// The caller keeps builds from running meanwhile, as for every collection of garbage. Records go before their layers:
    /// a build that finds no layer does the step anew.
    ///
    /// - Parameters:
    ///   - time: Only what was last used before, in seconds since 1970.
    ///   - size: Results are kept, the last used ones first, until they are this large together; 0 keeps none.
    public func prune(usedBefore time: Int64 = .max, keeping size: Int64 = 0) throws -> Pruned {
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

    /// Forgets all results that no image made here has, whose layers may then be collected.
    ///
    /// - Parameter all: those, too, that images have.
    /// - Returns: how many layers they were.
    public func forget(all: Bool) throws -> Int {
        let needed = all ? [] : try images.roots().layers
        let gone = try records.records().filter { !needed.contains($0.layer.text) }
        try records.remove(gone.map(\.key))
        return Set(gone.map(\.layer)).count
    }

    /// Forgets what is noted of stages all of whose results are gone, and of images when none made here is left.
    public func forgetNotes() throws {
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

    /// Records whose layers are gone explain nothing that their absence does not.
    private func forgetMissing() throws {
        try records.remove(try records.records().filter { !isThere($0.layer) }.map(\.key))
    }
}
