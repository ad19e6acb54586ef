package import LinuxSystem
package import OCI
package import SystemPackage

/// The images on this machine, and the way to get those that are not here yet.
///
/// Any number of processes may use one directory. Every call blocks: run it on an executor for such work.
package struct ImageStore: Sendable {
    package let content: ContentStore
    package let layers: LayerStore
    /// What images are chosen for.
    package let platform: Platform
    /// The program for registries; without it only images in the store or on this machine are available.
    package let remote: RemoteProgram?
    /// Asked for an image that is not here, before its registry.
    private let additional: AdditionalStores
    let paths: StorePaths
    /// The address of Debian's archive as it was at a moment, with `{date}` in place of the moment; `nil` where only the
    /// archive of today is asked.
    package var debianSnapshots: String?

    /// The annotation of an index entry with the fingerprint of its source at the import.
    static let sourceAnnotation = "dev.trice.source"

    /// Opens the store in a state directory, and creates missing parts.
    ///
    /// - Parameter additional: image layouts of others in which images of registries are looked for first.
    package init(
        _ directory: FilePath, limits: ExtractionLimits = ExtractionLimits(), platform: Platform = .host,
        remote: RemoteProgram? = nil, additional: [FilePath] = []
    ) throws(ImageError) {
        self.additional = AdditionalStores(paths: additional)
        paths = StorePaths(directory: directory)
        content = try ContentStore(paths.content)
        layers = try LayerStore(paths.layers, limits: limits)
        self.platform = platform
        self.remote = remote
        let locks = paths.locks
        try attempting("open the image store \(directory)") { () throws(SystemError) in
            try Files.createDirectory(locks, mode: 0o700)
        }
    }
}

// MARK: - Finding

extension ImageStore {
    /// The image if the store has all of it; its source is not checked.
    package func lookup(_ reference: ImageReference) throws(ImageError) -> Image? {
        guard let entry = try entry(of: reference) else { return nil }
        let image = try load(entry, reference.description).image
        return image.layerDirectories.allSatisfy { Files.exists($0) } ? image : nil
    }

    /// The index entry of a reference. A reference with a digest also matches any other name of the same content.
    private func entry(of reference: ImageReference) throws(ImageError) -> Descriptor? {
        if let entry = try content.reference(reference.description) { return entry }
        let digest: Digest? =
            switch reference {
            case .registry(let named): named.digest
            case .bootstrapDebian(_, _, _, let digest): digest
            default: nil
            }
        guard let digest else { return nil }
        return try content.references().first { $0.digest == digest || $0.indexDigest == digest }
    }

    /// The image, imported from its source when it is not in the store or its source has changed.
    ///
    /// A concurrent caller with the same reference waits and gets the same image. A source counts as unchanged while
    /// inode, size and modification time of its file (for a directory: of everything in it) are the same.
    ///
    /// - Parameters:
    ///   - refreshing: check the source even if the store has the image; complete content is not imported again.
    ///   - debian: what a lock says of an image of Debian's packages.
    package func ensure(
        _ reference: ImageReference, refreshing: Bool = false, debian: DebianLock? = nil,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws(ImageError) -> Image {
        let source = try source(of: reference, debian)
        if !refreshing, let image = try stored(reference, currentFingerprint(source, reference)) { return image }
        let name = reference.description
        let lockPath = paths.locks.appending(Digester.digest(of: Array(name.utf8)).hex)
        let lock = try attempting("lock \(name)") { () throws(SystemError) in try FileLock(waitingFor: lockPath) }
        let protection = try protect()
        // Another process may have finished the same work during the wait.
        let fingerprint = try currentFingerprint(source, reference)
        let result: Image
        if !refreshing, let image = try stored(reference, fingerprint) {
            result = image
        } else {
            let target = ImageTarget(
                stateDirectory: paths.directory, content: content, layers: layers, platform: platform,
                progress: progress)
            result = try bring(reference, source, fingerprint, refreshing: refreshing, target)
        }
        _ = consume protection
        _ = consume lock
        return result
    }

    /// While the value exists, nothing is removed from the store.
    package func protect() throws(ImageError) -> FileLock {
        try attempting("lock the image store") { () throws(SystemError) in
            try FileLock(waitingFor: paths.collectionLock, .shared)
        }
    }

    /// Whether nothing adds to the store at this moment, so that a collection would not have to wait.
    package func isIdle() throws(ImageError) -> Bool {
        try attempting("lock the image store") { () throws(SystemError) in
            guard let lock = try FileLock.attempt(paths.collectionLock) else { return false }
            _ = consume lock
            return true
        }
    }

    /// The image if it is complete and its source has not changed.
    private func stored(_ reference: ImageReference, _ fingerprint: String?) throws(ImageError) -> Image? {
        guard let entry = try entry(of: reference) else { return nil }
        if let fingerprint, entry.annotations[Self.sourceAnnotation] != fingerprint { return nil }
        let image = try load(entry, reference.description).image
        return image.layerDirectories.allSatisfy { Files.exists($0) } ? image : nil
    }

    /// `nil` when there is no fingerprint: for a registry's image, or a program that the host no longer has.
    private func currentFingerprint(
        _ source: any ImageSource, _ reference: ImageReference
    ) throws(ImageError) -> String? {
        if try isPackaged(reference.description) { return nil }
        do throws(ImageError) {
            return try source.fingerprint()
        } catch  where error.code == .programMissing {
            guard try content.reference(reference.description) != nil else { throw error }
            return nil
        }
    }

    private func bring(
        _ reference: ImageReference, _ source: any ImageSource, _ fingerprint: String?, refreshing: Bool,
        _ target: ImageTarget
    ) throws(ImageError) -> Image {
        let name = reference.description
        let entry = try entry(of: reference)
        let isCurrent = fingerprint == nil || entry?.annotations[Self.sourceAnnotation] == fingerprint
        if !refreshing, isCurrent, let entry, try unpackMissing(entry, name, target) {
            return try load(entry, name).image
        }
        let shared = shared(reference, refreshing: refreshing, target)
        var descriptor = if let shared { shared } else { try source.bring(into: target) }
        if let fingerprint { descriptor.annotations[Self.sourceAnnotation] = fingerprint }
        try content.setReference(name, to: descriptor)
        return try load(descriptor, name).image
    }

    /// From a store of others; only a registry knows whether a tag stands for something else by now.
    private func shared(_ reference: ImageReference, refreshing: Bool, _ target: ImageTarget) -> Descriptor? {
        guard !refreshing, case .registry(let named) = reference else { return nil }
        return additional.bring(named, into: target)
    }

    /// Unpacks layers whose blobs are in the store; `false` when a blob is missing, too.
    private func unpackMissing(_ entry: Descriptor, _ name: String, _ target: ImageTarget) throws(ImageError) -> Bool {
        let missing = try load(entry, name).layers.filter { !layers.contains($0.diffID) }
        guard missing.allSatisfy({ content.contains($0.blob.digest) }) else { return false }
        _ = try inParallel(missing) { (layer: ImageLayer) throws(ImageError) -> Bool in
            try layers.unpack(
                blob: content.path(of: layer.blob.digest), digest: layer.blob.digest, diffID: layer.diffID
            ) {
                target.progress(
                    .layer(
                        LayerProgress(
                            layer.blob.digest.description, .unpacking, completed: $0, total: layer.blob.size)))
            }
            return true
        }
        return true
    }

    private func source(
        of reference: ImageReference, _ debian: DebianLock?
    ) throws(ImageError) -> any ImageSource {
        switch reference {
        case .registry(let named):
            guard let remote else { return UnreachableSource(reference: named) }
            return RegistrySource(reference: named, remote: remote)
        case .ociLayout(let path, let tag): return LayoutSource(FilePath(path), tag: tag)
        case .ociArchive(let path, let tag): return LayoutArchiveSource(path: FilePath(path), tag: tag)
        case .dockerArchive(let path, let tag): return DockerArchiveSource(path: FilePath(path), tag: tag)
        case .rootfs(let path): return RootfsSource(path: FilePath(path))
        case .bootstrapBusybox: return BusyboxSource()
        case .bootstrapDebian(let suite, let include, let variant, let digest):
            return DebianSource(
                reference: reference.description, suite: suite, include: include, variant: variant, digest: digest,
                lock: debian, snapshots: debianSnapshots)
        }
    }

    func load(_ entry: Descriptor, _ name: String) throws(ImageError) -> (image: Image, layers: [ImageLayer]) {
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
            reference: name, manifestDigest: descriptor.digest,
            repositoryDigest: entry.indexDigest ?? entry.digest, id: manifest.config.digest,
            configuration: configuration,
            layerDirectories: found.reversed().map { layers.directory(of: $0.diffID) })
        return (image, found)
    }
}

extension Descriptor {
    /// The annotation of an entry whose manifest was chosen from an index: the digest of the index.
    package static let indexAnnotation = "dev.trice.index"

    /// The index that the manifest was chosen from.
    var indexDigest: Digest? {
        // A text that is not a digest was not written by Trice and is ignored.
        annotations[Self.indexAnnotation].flatMap { try? Digest($0[...]) }
    }
}

/// An image in a registry without a program for registries.
private struct UnreachableSource: ImageSource {
    let reference: Reference

    func fingerprint() throws(ImageError) -> String? { nil }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        throw ImageError(
            .notPulled, "The image \(reference) is not in the store, and this store is not connected to registries.")
    }
}
