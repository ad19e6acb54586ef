internal import Images
internal import LinuxSystem
internal import Snapshots
internal import SystemPackage
internal import Workspaces

/// How a new volume gets the content of layers: by a copy where that is quick, else by an overlay upon them.
///
/// A program that finds what a power cut would have left often opens all its files for writing, to sync them. In an overlay that copies
/// them one by one, with a sync each; in a copy that is on the disk already it takes no time.
struct LayerPlacement {
    private let host: Host
    private let sharesBlocks: Bool

    /// The largest content that is copied where files share no blocks.
    private static let largestCopy: Int64 = 256 << 20
    /// The most files of a content that is copied in a moment.
    private static let mostEntries = 20_000

    init(_ host: Host) {
        self.host = host
        // A file system that cannot be tried shares nothing.
        sharesBlocks = (try? BlockSharing.isPossible(in: host.images.store.layers.directory)) ?? false
    }

    /// Whether a content of this size is copied in a moment.
    func isSmall(size: Int64, entryCount: Int) -> Bool {
        entryCount <= Self.mostEntries && (sharesBlocks || size <= Self.largestCopy)
    }

    /// Makes the volume at a place that is free. The caller syncs what was copied, and what the overlays lie upon.
    ///
    /// - Parameters:
    ///   - layers: the uppermost first, at least one.
    ///   - wasRunning: whether programs ran when the layers were taken.
    func make(of layers: [String], wasRunning: Bool, at place: FilePath) throws {
        if layers.count == 1, try sharesBlocks || (wasRunning && isSmall(layers[0])) {
            return try host.images.local.copy(LayerName(layers[0]), to: place)
        }
        try Files.createDirectory(place)
        try LayeredVolume.prepare(
            LayeredVolume.side(of: place), layers: layers,
            like: host.images.store.layers.directory.appending(layers[0]))
    }

    private func isSmall(_ layer: String) throws -> Bool {
        let record = try host.images.local.measured(LayerName(layer))
        return isSmall(size: record.size ?? .max, entryCount: record.entryCount ?? .max)
    }
}
