internal import LinuxSystem
package import OCI
package import SystemPackage

/// Writes images from the content store for other tools: the same images give the same bytes always.
package struct ImageExport: Sendable {
    /// An image and its names in the export.
    package struct Item: Sendable, Hashable {
        /// The canonical text of a reference; a file made for docker has only those of registries.
        package let name: String
        /// The descriptor of the manifest, or of an index that has one for the platform.
        package let descriptor: Descriptor

        package init(name: String, descriptor: Descriptor) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// The layout of the archive.
    package enum Format: Sendable, Hashable {
        /// A tar of an image layout, with the layers unchanged; image-spec image-layout.md.
        case ociArchive
        /// What `docker load` and skopeo's `docker-archive:` read; the layers are uncompressed.
        case dockerArchive
    }

    let content: ContentStore
    let platform: Platform

    package init(content: ContentStore, platform: Platform = .host) {
        self.content = content
        self.platform = platform
    }

    /// Writes images as one tar to an open file, which may be a pipe; it stays open.
    ///
    /// - Throws: `.sourceMissing` when a blob is not in the store, before anything is written.
    package func write(_ items: [Item], as format: Format, to file: FileDescriptor, subject: String) throws(ImageError)
    {
        let images = try items.map { (item) throws(ImageError) in try resolve(item) }
        let sink = DescriptorSink(file.rawValue, subject: subject)
        switch format {
        case .ociArchive: try LayoutExport(content: content, images: images).write(to: TarWriter(sink))
        case .dockerArchive: try DockerExport(content: content, images: images).write(to: TarWriter(sink))
        }
    }

    /// Adds images to an image layout, a directory that is made when missing; of two with one name the new one stays.
    package func write(_ items: [Item], toLayout directory: FilePath) throws(ImageError) {
        let images = try items.map { (item) throws(ImageError) in try resolve(item) }
        try LayoutExport(content: content, images: images).write(to: directory)
    }

    /// Reads an image's documents and checks that all of its blobs exist.
    private func resolve(_ item: Item) throws(ImageError) -> ResolvedImage {
        var descriptor = item.descriptor
        var bytes = try content.read(descriptor)
        for _ in 0..<ImageLoader.nestingLimit where !descriptor.mediaType.isManifest {
            descriptor = try ImageLoader.select(from: bytes, descriptor, platform)
            bytes = try content.read(descriptor)
        }
        let manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(descriptor.digest)")
        let configuration = try ImageLoader.configuration(
            content.read(manifest.config), for: manifest, descriptor.digest)
        if let gone = manifest.layers.first(where: { !content.contains($0.digest) }) {
            throw ImageError(
                .sourceMissing,
                "The image \(item.name) cannot be written: the blob \(gone.digest) of a layer is not in the store. Pull the image again."
            )
        }
        let plain = Descriptor(
            descriptor.mediaType, descriptor.digest, size: descriptor.size, platform: configuration.platform)
        return ResolvedImage(name: item.name, descriptor: plain, manifest: manifest, configuration: configuration)
    }
}

/// An image with its decoded documents.
struct ResolvedImage: Sendable {
    var name: String
    var descriptor: Descriptor
    var manifest: Manifest
    var configuration: ImageConfiguration

    /// Everything that the image is made of, the manifest first.
    var blobs: [Descriptor] { [descriptor, manifest.config] + manifest.layers }
}

extension TarWriter {
    /// Writes a file that lies in the store.
    func copy(_ path: FilePath, as name: String, size: Int64) throws(ImageError) {
        try write(TarEntry(name: Array(name.utf8), kind: .file(size: size), mode: 0o644))
        let source = try FileSource(path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var rest = size
        while rest > 0 {
            let count = try source.read(into: buffer)
            guard count > 0, Int64(count) <= rest else {
                throw ImageError(.digestMismatch, "\(path) does not have \(size) bytes any more.")
            }
            try writeData(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            rest -= Int64(count)
        }
        try pad(size)
    }
}
