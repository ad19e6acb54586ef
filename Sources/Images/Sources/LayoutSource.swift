internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `oci:PATH[:TAG]`: an image in a layout directory; image-spec image-layout.md.
struct LayoutSource: ImageSource {
    let tree: FileTree
    let tag: String?
    private var path: FilePath { tree.path }

    init(_ path: FilePath, tag: String?, isForeign: Bool = false) {
        tree = FileTree(path: path, isForeign: isForeign)
        self.tag = tag
    }

    /// An index names its content by digest, so it changes with any change.
    func fingerprint() throws(ImageError) -> String? {
        let index = path.appending(StorePaths.index)
        guard Files.exists(index) else {
            throw ImageError(.sourceMissing, "There is no OCI image layout at \(path): it has no index.json.")
        }
        return try SourceFingerprint.file(index)
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let what = "index.json in \(path)"
        let index = try DocumentCoding.decode(Index.self, from: tree.document(StorePaths.index), what)
        let (descriptor, manifestBytes) = try manifest(choose(from: index), target.platform)
        let manifest = try DocumentCoding.decode(
            Manifest.self, from: manifestBytes, "the manifest \(descriptor.digest)")
        let configurationBytes = try tree.document(manifest.config)
        let configuration = try ImageLoader.configuration(configurationBytes, for: manifest, descriptor.digest)
        try bring(ImageLoader.layers(of: manifest, configuration), into: target)
        try target.content.write(configurationBytes, expecting: manifest.config.digest)
        try target.content.write(manifestBytes, expecting: descriptor.digest)
        return Descriptor(
            descriptor.mediaType, descriptor.digest, size: descriptor.size, platform: configuration.platform)
    }

    /// The entry with the tag; without a tag the only one, or the one called `latest`.
    private func choose(from index: Index) throws(ImageError) -> Descriptor {
        func names(_ descriptor: Descriptor) -> [String] {
            [Descriptor.referenceName, "io.containerd.image.name"].compactMap { descriptor.annotations[$0] }
        }
        func matches(_ descriptor: Descriptor, _ tag: String) -> Bool {
            names(descriptor).contains { $0 == tag || $0.hasSuffix(":\(tag)") }
        }
        let tags = index.manifests.compactMap { names($0).first }
        let shown = tags.isEmpty ? "none has a tag" : "its tags are \(tags.joined(separator: ", "))"
        if let tag {
            let exact = index.manifests.first { $0.annotations[Descriptor.referenceName] == tag }
            if let found = exact ?? index.manifests.first(where: { matches($0, tag) }) { return found }
            throw ImageError(.sourceMissing, "The image layout \(path) has no image with the tag `\(tag)`: \(shown).")
        }
        if index.manifests.count == 1, let only = index.manifests.first { return only }
        if let latest = index.manifests.first(where: { matches($0, "latest") }) { return latest }
        if index.manifests.isEmpty { throw ImageError(.sourceMissing, "The image layout \(path) has no image.") }
        let areUntagged = tags.isEmpty && index.manifests.allSatisfy { $0.platform != nil }
        if areUntagged, let fitting = index.descriptor(for: .host) { return fitting }
        throw ImageError(
            .ambiguous, "The image layout \(path) has \(index.manifests.count) images; say which with a tag: \(shown).")
    }

    /// Follows indexes down to the manifest for the platform.
    private func manifest(
        _ chosen: Descriptor, _ platform: Platform
    ) throws(ImageError) -> (Descriptor, [UInt8]) {
        var descriptor = chosen
        for _ in 0..<ImageLoader.nestingLimit {
            let bytes = try tree.document(descriptor)
            if descriptor.mediaType.isManifest { return (descriptor, bytes) }
            descriptor = try ImageLoader.select(from: bytes, descriptor, platform)
        }
        throw ImageError(.invalidImage, "The image layout \(path) has indexes that are nested too deeply.")
    }

    private func bring(_ layers: [ImageLayer], into target: ImageTarget) throws(ImageError) {
        let tree = tree
        _ = try inParallel(layers) { (layer: ImageLayer) throws(ImageError) -> Bool in
            let blob = layer.blob
            if target.content.contains(blob.digest) && target.layers.contains(layer.diffID) { return false }
            let writer = try target.content.writer(blob.digest.algorithm)
            try target.layers.unpack(
                tree.source(FileTree.blob(blob.digest)),
                LayerExpectation(digest: blob.digest, size: blob.size, diffID: layer.diffID), copy: .verbatim(writer)
            ) {
                target.progress(
                    .layer(LayerProgress(blob.digest.description, .unpacking, completed: $0, total: blob.size)))
            }
            return true
        }
    }
}
