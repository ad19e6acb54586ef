internal import LinuxSystem
package import OCI
internal import SystemPackage

/// Freeing what nothing leads to.
extension ImageStore {
    /// What must stay although no name of the content store leads to it.
    package struct Roots: Sendable {
        /// The names of directories of layers.
        package var layers: Set<String>
        package var blobs: Set<Digest>

        package init(layers: Set<String> = [], blobs: Set<Digest> = []) {
            self.layers = layers
            self.blobs = blobs
        }
    }

    /// The removed objects.
    package struct Collected: Sendable {
        /// Names of directories of layers.
        package var layers: [String] = []
        /// Digests of blobs.
        package var blobs: [String] = []
        /// Bytes that are free now, as far as blobs and files count.
        package var bytes: Int64 = 0
    }

    /// Removes blobs and layers that no name and no root reaches; waits for processes that add content.
    ///
    /// - Parameters:
    ///   - candidates: the only layers that may be removed, and of blobs only those of `blobs`; `nil` for everything.
    ///   - roots: called when no process adds content any longer; may remove names first.
    @discardableResult
    package func collect(
        among candidates: Set<String>? = nil, blobs candidateBlobs: Set<Digest> = [], _ roots: () throws -> Roots
    ) throws -> Collected {
        let lock = try attempting("collect unused content") { () throws(SystemError) in
            try FileLock(waitingFor: paths.collectionLock)
        }
        let roots = try roots()
        var blobs = roots.blobs
        var kept = roots.layers
        for entry in try content.references() {
            try mark(entry, &blobs, &kept)
        }
        var collected = Collected()
        for name in try layers.names() where !kept.contains(name) && candidates?.contains(name) != false {
            collected.bytes += try TreeMeasure.of(layers.directory.appending(name)).size
            try layers.remove(name)
            collected.layers.append(name)
        }
        let removed =
            candidates == nil
            ? try content.removeBlobs(except: blobs) : try content.remove(candidateBlobs.subtracting(blobs))
        collected.blobs = removed.map(\.name)
        collected.bytes += removed.reduce(0) { $0 + $1.size }
        _ = consume lock
        return collected
    }

    /// Marks the objects of an entry. All entries of an index that exist in the store count, for any platform.
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
