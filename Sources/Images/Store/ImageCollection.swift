internal import LinuxSystem
internal import OCI
public import SystemPackage

/// Freeing what nothing leads to.
extension ImageStore {
    /// Removes blobs and layers that no name leads to, except the layers `inUse`; waits for those who add.
    ///
    /// - Returns: the names of what was removed.
    @discardableResult
    public func collect(keeping inUse: Set<FilePath>) throws(ImageError) -> [String] {
        let lock = try attempting("collect unused content") { () throws(SystemError) in
            try FileLock(waitingFor: paths.collectionLock)
        }
        var blobs: Set<Digest> = []
        var kept = Set(inUse.compactMap { $0.lastComponent?.string })
        for entry in try content.references() {
            try mark(entry, &blobs, &kept)
        }
        var removed: [String] = []
        for name in try layers.names() where !kept.contains(name) {
            try layers.remove(name)
            removed.append(name)
        }
        removed += try content.removeBlobs(except: blobs)
        _ = consume lock
        return removed
    }

    /// Marks what an entry leads to. Of an index everything that is here counts, whatever its platform.
    private func mark(_ entry: Descriptor, _ blobs: inout Set<Digest>, _ kept: inout Set<String>) throws(ImageError) {
        guard blobs.insert(entry.digest).inserted, content.contains(entry.digest) else { return }
        if entry.mediaType.isIndex {
            let index = try DocumentCoding.decode(Index.self, from: content.read(entry), "the index \(entry.digest)")
            for child in index.manifests { try mark(child, &blobs, &kept) }
        } else if entry.mediaType.isManifest {
            let manifest = try DocumentCoding.decode(
                Manifest.self, from: content.read(entry), "the manifest \(entry.digest)")
            blobs.insert(manifest.config.digest)
            blobs.formUnion(manifest.layers.map(\.digest))
            guard manifest.config.mediaType.isConfiguration, content.contains(manifest.config.digest) else { return }
            let configuration = try DocumentCoding.decode(
                ImageConfiguration.self, from: content.read(manifest.config), "the configuration of \(entry.digest)")
            kept.formUnion(configuration.diffIDs.map(\.hex))
        }
    }
}
