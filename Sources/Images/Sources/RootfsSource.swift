internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `rootfs:PATH`: a root file system as a directory or as a tar of any compression.
struct RootfsSource: ImageSource {
    let path: FilePath

    private func isDirectory() throws(ImageError) -> Bool {
        let status = try attempting("read \(path)") { () throws(SystemError) in
            try Files.status(path, followingLinks: true)
        }
        guard let status else {
            throw ImageError(.sourceMissing, "There is no root file system at \(path).")
        }
        return status.kind == .directory
    }

    func fingerprint() throws(ImageError) -> String? {
        try isDirectory() ? SourceFingerprint.tree(path) : SourceFingerprint.file(path)
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let (layer, mediaType) = try isDirectory() ? bringDirectory(target) : bringArchive(target)
        return try target.compose(layer: layer, mediaType, .plain(command: ["/bin/sh"]), createdBy: "rootfs:\(path)")
    }

    private func bringDirectory(_ target: ImageTarget) throws(ImageError) -> (UnpackedLayer, MediaType) {
        let writer = try target.content.writer()
        try TreePacker(root: path, tar: TarWriter(writer)).pack()
        let size = writer.size
        let digest = try writer.commit()
        if !target.layers.contains(digest) {
            let progress = target.progress
            let name = path.string
            try target.layers.unpack(blob: target.content.path(of: digest), digest: digest, diffID: digest) {
                progress(.layer(LayerProgress(name, .unpacking, completed: $0, total: size)))
            }
        }
        return (UnpackedLayer(digest: digest, size: size, diffID: digest), .layer)
    }

    private func bringArchive(_ target: ImageTarget) throws(ImageError) -> (UnpackedLayer, MediaType) {
        let writer = try target.content.writer()
        let compression = try Compression.of(path)
        let progress = target.progress
        let name = path.string
        let layer = try target.layers.unpack(
            FileSource(path), LayerExpectation(), copy: compression.copy(to: writer)
        ) { progress(.layer(LayerProgress(name, .unpacking, completed: $0, total: nil))) }
        return (layer, compression.mediaType)
    }
}

/// How a file is compressed, by its first bytes.
enum Compression {
    case none, gzip, zstandard
    /// A kind that the image specification has no media type for.
    case other

    static func of(_ path: FilePath) throws(ImageError) -> Compression {
        try of(FileSource(path))
    }

    static func of(_ source: FileSource) throws(ImageError) -> Compression {
        try of(PeekedSource(source, probeLength).start)
    }

    /// The number of bytes that identify a compression.
    static let probeLength = 6

    static func of(_ start: [UInt8]) -> Compression {
        if start.starts(with: [0x1f, 0x8b]) { return .gzip }
        if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstandard }
        if start.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a]) || start.starts(with: Array("BZh".utf8)) {
            return .other
        }
        return .none
    }

    /// Of the blob that `copy` makes.
    var mediaType: MediaType {
        switch self {
        case .gzip: .layerGzip
        case .zstandard: .layerZstandard
        case .none, .other: .layer
        }
    }

    func copy(to writer: BlobWriter) -> LayerCopy {
        if case .other = self { .uncompressed(writer) } else { .verbatim(writer) }
    }
}
