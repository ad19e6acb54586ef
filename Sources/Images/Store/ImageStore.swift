internal import LinuxSystem
public import OCI
public import SystemPackage

/// The images on this machine, and the way to get those that are not here yet.
///
/// Any number of processes may use one directory. Every call blocks: run it on an executor for such work.
public struct ImageStore: Sendable {
    public let content: ContentStore
    public let layers: LayerStore
    /// What images are chosen for.
    public let platform: Platform
    private let paths: StorePaths

    /// The annotation of an index entry that says what its source was like when it was brought.
    static let sourceAnnotation = "dev.trice.source"

    /// Opens the store in a state directory; what is missing is made.
    public init(
        _ directory: FilePath, limits: ExtractionLimits = ExtractionLimits(), platform: Platform = .host
    ) throws(ImageError) {
        paths = StorePaths(directory: directory)
        content = try ContentStore(paths.content)
        layers = try LayerStore(paths.layers, limits: limits)
        self.platform = platform
        let locks = paths.locks
        try attempting("open the image store \(directory)") { () throws(SystemError) in
            try Files.createDirectory(locks, mode: 0o700)
        }
    }
}

// MARK: - Finding

extension ImageStore {
    /// The image if it is here and whole; its source is not looked at.
    public func lookup(_ reference: ImageReference) throws(ImageError) -> Image? {
        guard let entry = try content.reference(reference.description) else { return nil }
        let image = try load(entry, reference.description).image
        return image.layerDirectories.allSatisfy { Files.exists($0) } ? image : nil
    }

    /// The image, brought from its source when it is not here or its source has changed since.
    ///
    /// Whoever asks for the same reference at the same time waits and gets the same image. A source is recognised as
    /// unchanged by inode, size and modification time of its file (a directory: of everything in it).
    public func ensure(
        _ reference: ImageReference, progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws(ImageError) -> Image {
        let name = reference.description
        let source = source(of: reference)
        var fingerprint = try currentFingerprint(source, name)
        if let image = try stored(name, fingerprint) { return image }
        let lockPath = paths.locks.appending(try ContentHasher.digest(of: Array(name.utf8)).hex)
        let lock = try attempting("lock \(name)") { () throws(SystemError) in try FileLock(waitingFor: lockPath) }
        let collection = try attempting("lock \(name)") { () throws(SystemError) in
            try FileLock(waitingFor: paths.collectionLock, .shared)
        }
        // Somebody may have finished the same while we waited.
        fingerprint = try currentFingerprint(source, name)
        let result: Image
        if let image = try stored(name, fingerprint) {
            result = image
        } else {
            let target = ImageTarget(content: content, layers: layers, platform: platform, progress: progress)
            result = try bring(name, source, fingerprint, target)
        }
        _ = consume collection
        _ = consume lock
        return result
    }

    /// The image if it is whole and made from what the source is now.
    private func stored(_ name: String, _ fingerprint: String?) throws(ImageError) -> Image? {
        guard let entry = try content.reference(name) else { return nil }
        if let fingerprint, entry.annotations[Self.sourceAnnotation] != fingerprint { return nil }
        let image = try load(entry, name).image
        return image.layerDirectories.allSatisfy { Files.exists($0) } ? image : nil
    }

    /// `nil` when there is nothing to compare with: a registry's image, or a program that is gone from the host.
    private func currentFingerprint(_ source: (any ImageSource)?, _ name: String) throws(ImageError) -> String? {
        guard let source else { return nil }
        do throws(ImageError) {
            return try source.fingerprint()
        } catch  where error.code == .programMissing {
            guard try content.reference(name) != nil else { throw error }
            return nil
        }
    }

    private func bring(
        _ name: String, _ source: (any ImageSource)?, _ fingerprint: String?, _ target: ImageTarget
    ) throws(ImageError) -> Image {
        var entry = try content.reference(name)
        let isCurrent = fingerprint == nil || entry?.annotations[Self.sourceAnnotation] == fingerprint
        if isCurrent, let entry, try unpackMissing(entry, name, target) {
            return try load(entry, name).image
        }
        guard let source else {
            throw ImageError(
                .notPulled,
                "The image \(name) is not in the store, and pulling from registries is not there yet. Save it elsewhere with 'docker save' or 'skopeo copy' and use docker-archive:FILE or oci-archive:FILE."
            )
        }
        var descriptor = try source.bring(into: target)
        if let fingerprint { descriptor.annotations[Self.sourceAnnotation] = fingerprint }
        try content.setReference(name, to: descriptor)
        entry = descriptor
        return try load(descriptor, name).image
    }

    /// Unpacks layers whose blobs are here; `false` when a blob is missing, too.
    private func unpackMissing(_ entry: Descriptor, _ name: String, _ target: ImageTarget) throws(ImageError) -> Bool {
        let missing = try load(entry, name).layers.filter { !layers.contains($0.diffID) }
        guard missing.allSatisfy({ content.contains($0.blob.digest) }) else { return false }
        _ = try inParallel(missing) { (layer: ImageLayer) throws(ImageError) -> Bool in
            try layers.unpack(
                blob: content.path(of: layer.blob.digest), digest: layer.blob.digest, diffID: layer.diffID
            ) {
                target.progress(
                    .unpacking(layer: layer.blob.digest.description, completed: $0, total: layer.blob.size))
            }
            return true
        }
        return true
    }

    private func source(of reference: ImageReference) -> (any ImageSource)? {
        switch reference {
        case .registry: nil
        case .ociLayout(let path, let tag): LayoutSource(FilePath(path), tag: tag)
        case .ociArchive(let path, let tag): LayoutArchiveSource(path: FilePath(path), tag: tag)
        case .dockerArchive(let path, let tag): DockerArchiveSource(path: FilePath(path), tag: tag)
        case .rootfs(let path): RootfsSource(path: FilePath(path))
        case .bootstrapBusybox: BusyboxSource()
        case .bootstrapDebian(let suite, let include, let variant):
            DebianSource(reference: reference.description, suite: suite, include: include, variant: variant)
        }
    }

    private func load(_ entry: Descriptor, _ name: String) throws(ImageError) -> (image: Image, layers: [ImageLayer]) {
        var descriptor = entry
        var bytes = try content.read(descriptor)
        var depth = 0
        while !descriptor.mediaType.isManifest && depth < ImageLoader.nestingLimit {
            descriptor = try ImageLoader.select(from: bytes, descriptor, platform)
            bytes = try content.read(descriptor)
            depth += 1
        }
        let manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(descriptor.digest)")
        let configuration = try ImageLoader.configuration(
            content.read(manifest.config), for: manifest, descriptor.digest)
        let found = ImageLoader.layers(of: manifest, configuration)
        let image = Image(
            reference: name, manifestDigest: descriptor.digest, id: manifest.config.digest,
            configuration: configuration,
            layerDirectories: found.reversed().map { layers.directory(of: $0.diffID) })
        return (image, found)
    }
}

// MARK: - Keeping

extension ImageStore {
    /// One name in the store.
    public struct Entry: Sendable, Hashable {
        public let reference: String
        public let manifestDigest: Digest
        /// Of the layers' blobs together, in bytes.
        public let size: Int64
    }

    /// Everything that has a name, sorted by it.
    public func list() throws(ImageError) -> [Entry] {
        var entries: [Entry] = []
        for descriptor in try content.references() {
            guard let name = descriptor.annotations[Descriptor.referenceName] else { continue }
            let found = try load(descriptor, name)
            entries.append(
                Entry(
                    reference: name, manifestDigest: found.image.manifestDigest,
                    size: found.layers.reduce(0) { $0 + $1.blob.size }))
        }
        return entries.sorted { $0.reference < $1.reference }
    }

    /// Takes an image's name away; `false` where there was none. `collect` frees its space.
    @discardableResult
    public func remove(_ reference: ImageReference) throws(ImageError) -> Bool {
        try content.removeReference(reference.description)
    }

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
