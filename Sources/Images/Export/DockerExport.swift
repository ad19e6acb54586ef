internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Images as `docker load` reads them: `manifest.json`, a configuration each and every layer's tar once.
struct DockerExport {
    let content: ContentStore
    let images: [ResolvedImage]

    /// One entry of `manifest.json`.
    private struct Item: Encodable {
        var Config: String
        var RepoTags: [String]
        var Layers: [String]
    }

    private struct PlainLayer: Sendable {
        var diffID: Digest
        var path: FilePath
        var size: Int64
    }

    /// Compressed layers are first decompressed into a file beside the store's blobs: a tar has a file's size before
    /// its content.
    func write(to tar: TarWriter) throws(ImageError) {
        let work = try content.beginWork()
        var blobs: [Digest: Descriptor] = [:]
        for image in images {
            for (blob, diffID) in zip(image.manifest.layers, image.configuration.diffIDs) { blobs[diffID] = blob }
        }
        let content = content
        let folder = work.path
        let layers = try inParallel(blobs.sorted { $0.key.hex < $1.key.hex }) {
            (entry: (key: Digest, value: Descriptor)) throws(ImageError) -> PlainLayer in
            try Self.plain(entry.key, content.path(of: entry.value.digest), in: folder)
        }
        let items = try manifest()
        var written: Set<Digest> = []
        for image in images where written.insert(image.manifest.config.digest).inserted {
            let config = image.manifest.config
            try tar.copy(content.path(of: config.digest), as: "\(config.digest.hex).json", size: config.size)
        }
        for layer in layers { try tar.copy(layer.path, as: Self.name(of: layer.diffID), size: layer.size) }
        try tar.write(
            TarEntry(name: Array("manifest.json".utf8), kind: .file(size: Int64(items.count)), mode: 0o644), items)
        try tar.finish()
        withExtendedLifetime(work) {}
    }

    private static func name(of diffID: Digest) -> String { "\(diffID.hex).tar" }

    /// Images that are the same are one entry with several tags.
    private func manifest() throws(ImageError) -> [UInt8] {
        var items: [Item] = []
        var positions: [Digest: Int] = [:]
        for image in images {
            let tags = Self.tag(image.name).map { [$0] } ?? []
            if let position = positions[image.manifest.config.digest] {
                items[position].RepoTags += tags
                continue
            }
            positions[image.manifest.config.digest] = items.count
            items.append(
                Item(
                    Config: "\(image.manifest.config.digest.hex).json", RepoTags: tags,
                    Layers: image.configuration.diffIDs.map(Self.name)))
        }
        return try DocumentCoding.encode(items)
    }

    /// A name in docker's form; `nil` for one that docker does not accept.
    static func tag(_ name: String) -> String? {
        // A name that is not a registry's reference has no tag.
        guard let reference = try? Reference(name), let tag = reference.tag else { return nil }
        guard reference.registry == "docker.io" else { return "\(reference.registry)/\(reference.repository):\(tag)" }
        let library = "library/"
        let isOfficial = reference.repository.hasPrefix(library)
        return
            "\(isOfficial ? String(reference.repository.dropFirst(library.utf8.count)) : reference.repository):\(tag)"
    }

    /// A layer without compression, checked.
    private static func plain(_ diffID: Digest, _ blob: FilePath, in folder: FilePath) throws(ImageError) -> PlainLayer
    {
        guard try Compression.of(blob) != .none else {
            let size = try attempting("read \(blob)") { () throws(SystemError) in try Files.status(blob)?.size ?? 0 }
            return PlainLayer(diffID: diffID, path: blob, size: size)
        }
        let path = folder.appending(name(of: diffID))
        let source = HashingSource(try DecompressedSource(FileSource(blob)), diffID.algorithm)
        let file = try attempting("write \(path)") { () throws(SystemError) in
            try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        }
        let sink = DescriptorSink(file.rawValue, subject: path.string)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { break }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        _ = consume file
        let found = try source.hasher.finish()
        guard found == diffID else {
            throw ImageError(.digestMismatch, "The layer \(blob) has the diff id \(found) instead of \(diffID).")
        }
        return PlainLayer(diffID: diffID, path: path, size: source.hasher.count)
    }
}
