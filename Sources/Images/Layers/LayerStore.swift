internal import Glibc
package import LinuxSystem
package import OCI
package import SystemPackage

/// The unpacked layers of this machine: one directory each, named by diff ID, shared by all images.
///
/// A layer is written under `ingest/` and renamed when it is complete. A layer with its final name is complete, also
/// after a power cut: `UnsyncedLayers` lists those that were not on disk then.
package struct LayerStore: Sendable {
    package let directory: FilePath
    package let limits: ExtractionLimits
    let ingest: LockedDirectories
    private let unsynced: UnsyncedLayers

    /// Opens the store, made when missing; what dead processes left unfinished is removed.
    package init(_ directory: FilePath, limits: ExtractionLimits = ExtractionLimits()) throws(ImageError) {
        self.directory = directory
        self.limits = limits
        let unsynced = UnsyncedLayers(layers: directory)
        self.unsynced = unsynced
        ingest = try attempting("open the layer store \(directory)") { () throws(SystemError) in
            let ingest = LockedDirectories(directory.appending(StorePaths.ingest))
            try ingest.prepare()
            try ingest.clear()
            try unsynced.recover { name throws(SystemError) in try Self.remove(directory.appending(name), ingest) }
            return ingest
        }
    }

    /// The directory of a layer, whether it exists or not.
    package func directory(of diffID: Digest) -> FilePath {
        directory.appending(diffID.hex)
    }

    /// Whether the layer is unpacked.
    package func contains(_ diffID: Digest) -> Bool {
        Files.exists(directory(of: diffID))
    }

    /// Unpacks a blob of a layer in one pass: digest, diff ID and files.
    ///
    /// - Throws: `ImageError`; `.digestMismatch` when the blob or its content is not the expected one. The store does
    ///   not change then.
    package func unpack(
        blob: FilePath, digest: Digest, diffID: Digest, progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) {
        try unpack(FileSource(blob), LayerExpectation(digest: digest, diffID: diffID), progress: progress)
    }
}

/// A complete layer directory without its final name; it is removed if it is not published.
package struct ExtractedLayer: Sendable {
    let layer: UnpackedLayer
    fileprivate let blob: SealedBlob?
    fileprivate let work: LockedDirectory

    package var diffID: Digest { layer.diffID }
    fileprivate var root: FilePath { work.path.appending(StorePaths.ingestRoot) }
}

// MARK: - Unpacking

extension LayerStore {
    @discardableResult
    func unpack(
        _ source: any ByteSource, _ expectation: LayerExpectation, copy: sending LayerCopy = .none,
        progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) -> UnpackedLayer {
        let extracted = try extract(source, expectation, copy: copy, progress: progress)
        try publish([extracted])
        return extracted.layer
    }

    /// Reads a layer and writes its files beside the layers.
    func extract(
        _ source: any ByteSource, _ expectation: LayerExpectation, copy: sending LayerCopy = .none,
        progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) -> ExtractedLayer {
        let work = try attempting("unpack \(source.subject)") { () throws(SystemError) in
            let work = try ingest.begin()
            try Files.createDirectory(work.path.appending(StorePaths.ingestRoot))
            return work
        }
        let pipeline = LayerPipeline(
            root: work.path.appending(StorePaths.ingestRoot), limits: limits, subject: source.subject,
            expectation: expectation)
        let (layer, blob) = try pipeline.run(source, copy: copy, progress: progress)
        return ExtractedLayer(layer: layer, blob: blob, work: work)
    }

    /// Reads a layer from a channel that another thread fills, and blocks; `publish` finishes it.
    ///
    /// The blob is stored unchanged. `progress` gets the number of bytes read so far, on the caller's thread.
    /// - Throws: `ImageError`, which the filling thread then also gets from the channel; `.digestMismatch` when the
    ///   blob or its content is not the expected one. The store does not change then.
    package func extract(
        from channel: ByteChannel, _ blob: Descriptor, diffID: Digest, into content: ContentStore,
        progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) -> ExtractedLayer {
        let reader = ChannelReader(
            channel, subject: "the layer \(blob.digest)", expectedSize: blob.size)
        return try reader.read { (reader: ChannelReader) throws(ImageError) in
            try extract(
                reader, LayerExpectation(digest: blob.digest, size: blob.size, diffID: diffID),
                copy: .verbatim(content.writer(blob.digest.algorithm)), progress: progress)
        }
    }

    /// The same with `publish`.
    package func unpack(
        from channel: ByteChannel, _ blob: Descriptor, diffID: Digest, into content: ContentStore,
        progress: (Int64) -> Void = { _ in }
    ) throws(ImageError) {
        try publish([extract(from: channel, blob, diffID: diffID, into: content, progress: progress)])
    }
}

// MARK: - Publishing

extension LayerStore {
    /// Gives complete layers and their blobs their names; it is not an error when another process has done so.
    ///
    /// The blobs are durable when it returns. The layers are complete for all processes until the machine stops, and
    /// after that if `sync` was called before; the next `LayerStore` removes the others.
    package func publish(_ layers: [ExtractedLayer]) throws(ImageError) {
        guard !layers.isEmpty else { return }
        for layer in layers { try layer.blob?.publish() }
        try unsynced.publish(layers.map(\.diffID.hex)) { () throws(ImageError) in
            for layer in layers {
                try attempting("store the layer \(layer.diffID)") { () throws(SystemError) in
                    do throws(SystemError) {
                        try Files.rename(layer.root, to: directory(of: layer.diffID))
                    } catch  where error.errno == .directoryNotEmpty || error.errno == .fileExists {
                        return
                    }
                }
            }
        }
    }

    /// Runs `body`, which gives layers of these names their content. They are removed after a restart of the machine that comes
    /// before the next `sync`.
    func publish(named names: [String], _ body: () throws(ImageError) -> Void) throws(ImageError) {
        try unsynced.publish(names, body)
    }

    /// Makes all layers durable, so that they survive a restart of the machine; syncfs(2).
    ///
    /// It can take seconds, and no process waits for it: call it after the user has the result. Without it, the layers
    /// that were published since are unpacked again from their blobs after a restart.
    package func sync() throws(ImageError) {
        try attempting("make the layers in \(directory) durable") { () throws(SystemError) in
            try unsynced.sync()
        }
    }

    /// Waits until no other process works on the layer; the lock is released with the value.
    ///
    /// Two processes that unpack the same layer without the lock both succeed, and one result is discarded. The holder
    /// of the lock checks again whether the layer exists.
    package func lock(_ diffID: Digest) throws(ImageError) -> NamedLock {
        try attempting("lock the layer \(diffID)") { () throws(SystemError) in try ingest.lock(named: diffID.hex) }
    }
}

// MARK: - Keeping

extension LayerStore {
    /// The digests of the diff IDs of all layers in the store.
    func names() throws(ImageError) -> [String] {
        try attempting("list \(directory)") { () throws(SystemError) in
            try Files.names(in: directory).filter { $0 != StorePaths.ingest && $0 != StorePaths.unsynced }
        }
    }

    /// Removes a layer.
    func remove(_ name: String) throws(ImageError) {
        let path = directory.appending(name)
        try attempting("remove the layer \(path)") { () throws(SystemError) in
            try Self.remove(path, ingest)
            try ExchangedLayers.remove(name, besides: directory)
        }
    }

    /// Removes a layer: first its name, then its tree. A missing layer is not an error.
    private static func remove(_ path: FilePath, _ ingest: LockedDirectories) throws(SystemError) {
        let work = try ingest.begin()
        do throws(SystemError) {
            try Files.rename(path, to: work.path.appending(StorePaths.ingestRoot))
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        }
        try Files.removeTree(work.path)
    }
}
