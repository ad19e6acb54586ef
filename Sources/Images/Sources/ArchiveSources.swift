internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `oci-archive:FILE[:TAG]`: a tar of an image layout, compressed or not.
struct LayoutArchiveSource: ImageSource {
    let path: FilePath
    let tag: String?

    func fingerprint() throws(ImageError) -> String? {
        try SourceFingerprint.file(path)
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        try ExpandedArchive.with(path, in: target) { root throws(ImageError) in
            try LayoutSource(root, tag: tag, isForeign: true).bring(into: target)
        }
    }
}

/// `docker-archive:FILE[:TAG]`: what `docker save` writes, old and new.
struct DockerArchiveSource: ImageSource {
    let path: FilePath
    let tag: String?

    /// One entry of `manifest.json`.
    private struct Item: Decodable {
        var Config: String
        var RepoTags: [String]?
        var Layers: [String]?
    }

    func fingerprint() throws(ImageError) -> String? {
        try SourceFingerprint.file(path)
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        try ExpandedArchive.with(path, in: target) { root throws(ImageError) in
            try bring(FileTree(path: root, isForeign: true), into: target)
        }
    }

    private func bring(_ tree: FileTree, into target: ImageTarget) throws(ImageError) -> Descriptor {
        let list: [UInt8]
        do throws(ImageError) {
            list = try tree.document("manifest.json")
        } catch  where error.code == .sourceMissing {
            throw ImageError(
                .invalidImage, "The archive \(path) was not made by docker save: it has no manifest.json.", cause: error
            )
        }
        let item = try choose(from: DocumentCoding.decode([Item].self, from: list, "manifest.json in \(path)"))
        let configurationBytes = try tree.document(item.Config)
        let configuration = try DocumentCoding.decode(
            ImageConfiguration.self, from: configurationBytes, "\(item.Config) in \(path)")
        let names = item.Layers ?? []
        guard names.count == configuration.diffIDs.count else {
            throw ImageError(
                .invalidImage,
                "The image in \(path) has \(names.count) layers, and its configuration has \(configuration.diffIDs.count) diff ids."
            )
        }
        let layers = try inParallel(Array(zip(names, configuration.diffIDs))) {
            (layer: (String, Digest)) throws(ImageError) -> Descriptor in
            let (name, diffID) = layer
            let compression = try Compression.of(tree.source(name))
            let writer = try target.content.writer()
            let unpacked = try target.layers.unpack(
                tree.source(name), LayerExpectation(diffID: diffID), copy: compression.copy(to: writer)
            ) {
                target.progress(.layer(LayerProgress(diffID.description, .unpacking, completed: $0, total: nil)))
            }
            return Descriptor(compression.mediaType, unpacked.digest, size: unpacked.size)
        }
        return try target.store(configurationBytes: configurationBytes, configuration.platform, layers: layers)
    }

    private func choose(from items: [Item]) throws(ImageError) -> Item {
        let tags = items.flatMap { $0.RepoTags ?? [] }
        let shown = tags.isEmpty ? "none has a tag" : "its tags are \(tags.joined(separator: ", "))"
        if let tag {
            if let item = items.first(where: { ($0.RepoTags ?? []).contains { $0 == tag || $0.hasSuffix(":\(tag)") } })
            {
                return item
            }
            throw ImageError(.sourceMissing, "The archive \(path) has no image with the tag `\(tag)`: \(shown).")
        }
        guard let first = items.first else {
            throw ImageError(.sourceMissing, "The archive \(path) has no image.")
        }
        guard items.count == 1 else {
            throw ImageError(
                .ambiguous, "The archive \(path) has \(items.count) images; say which with a tag: \(shown).")
        }
        return first
    }
}

/// Unpacks an archive's files into a directory of the store while they are read.
enum ExpandedArchive {
    static func with<Result>(
        _ path: FilePath, in target: ImageTarget, _ body: (FilePath) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        let work = try target.content.beginWork()
        let source = try FileSource(path)
        let limits = target.layers.limits
        let extractor = try LayerExtractor(into: work.path, limits: limits, subject: path.string)
        let stored = HashingSource(source)
        let plain = HashingSource(try DecompressedSource(stored)) { (count: Int64) throws(ImageError) in
            try extractor.check(uncompressed: count, compressed: stored.hasher.count)
        }
        try extractor.extract(ArchiveReader(plain, .tar))
        let result = try body(work.path)
        return withExtendedLifetime(work) { result }
    }
}
