internal import LinuxSystem
package import OCI
internal import SystemPackage

/// The images that were made on this machine: their layers are in the layer store, all other data in records.
///
/// No layer of such an image has a tar or a digest before `pack`. Any number of processes may use one store; every call
/// blocks.
package struct LocalImages: Sendable {
    package let store: ImageStore
    package let records: any ImageRecords
    let paths: StorePaths
    /// Unfinished snapshots; `LayerStore` removes those of dead processes.
    let ingest: LockedDirectories

    package init(_ store: ImageStore, records: any ImageRecords) throws(ImageError) {
        self.store = store
        self.records = records
        paths = StorePaths(directory: store.layers.directory.removingLastComponent())
        ingest = LockedDirectories(store.layers.directory.appending(StorePaths.ingest))
    }

    /// Runs `body` without garbage collection: added content is safe until records reference it.
    package func withoutCollection<Result>(_ body: () throws(ImageError) -> Result) throws(ImageError) -> Result {
        let lock = try attempting("lock \(paths.directory)") { () throws(SystemError) in
            try FileLock(waitingFor: paths.collectionLock, .shared)
        }
        let result = try body()
        _ = consume lock
        return result
    }
}

// MARK: - Finding

extension LocalImages {
    /// The image with a name, ready to be mounted; `nil` when no image of that name was made on this machine.
    ///
    /// Its `id` is that of `LocalImage`. Missing layers of the base are unpacked again from their blobs.
    ///
    /// - Throws: `.sourceMissing` when a layer cannot be restored.
    package func load(_ name: String) throws(ImageError) -> Image? {
        guard let image = try records.image(named: name) else { return nil }
        return try view(image, name)
    }

    /// The same for a given image.
    package func view(_ image: LocalImage, _ name: String) throws(ImageError) -> Image {
        var seen: Set<FilePath> = []
        var directories: [FilePath] = []
        for layer in try image.baseLayers.map({ (layer) throws(ImageError) in try directory(of: layer) })
            + image.layers.map({ (layer) throws(ImageError) in try directory(of: layer.name) })
        {
            directories.append(layer)
        }
        directories = directories.reversed().filter { seen.insert($0).inserted }
        return Image(
            reference: name, manifestDigest: nil, repositoryDigest: nil, id: image.id,
            configuration: image.configuration,
            layerDirectories: directories)
    }

    private func directory(of layer: LocalImage.BaseLayer) throws(ImageError) -> FilePath {
        let directory = store.layers.directory(of: layer.diffID)
        if Files.exists(directory) { return directory }
        guard store.content.contains(layer.blob.digest) else {
            throw ImageError(
                .sourceMissing,
                "The layer \(layer.diffID) of the image's base is gone, and so is its blob. Pull the base again.")
        }
        try store.layers.unpack(
            blob: store.content.path(of: layer.blob.digest), digest: layer.blob.digest, diffID: layer.diffID)
        return directory
    }

    /// The directory of a layer: under its name, or, unpacked from its blob, under its diff ID.
    func directory(of name: LayerName) throws(ImageError) -> FilePath {
        let directory = store.layers.directory.appending(name.text)
        if Files.exists(directory) { return directory }
        guard let packed = try records.layer(named: name)?.packed else {
            throw ImageError(.sourceMissing, "The layer \(name) is gone: there is no \(directory).")
        }
        return try self.directory(of: LocalImage.BaseLayer(blob: packed.blob, diffID: packed.diffID))
    }

    /// A pulled or built image as the base of a new one.
    ///
    /// - Throws: `.invalidImage` when its documents are not in the content store.
    package func base(_ image: Image) throws(ImageError) -> LocalImage {
        if let known = try records.image(named: image.reference), known.id == image.id { return known }
        guard let digest = image.manifestDigest else {
            guard let known = try records.images().values.first(where: { $0.id == image.id }) else {
                throw ImageError(.noSuchImage, "The image \(image.reference), which was made here, is gone.")
            }
            return known
        }
        let bytes = try store.content.read(digest, as: .manifest)
        let manifest = try DocumentCoding.decode(Manifest.self, from: bytes, "the manifest \(digest)")
        let configuration = try ImageLoader.configuration(
            store.content.read(manifest.config), for: manifest, digest)
        return try LocalImage(
            configuration: configuration,
            baseLayers: zip(manifest.layers, configuration.diffIDs).map { blob, diffID in
                LocalImage.BaseLayer(blob: blob.inImageSpecification, diffID: diffID)
            })
    }

    /// The names of layer directories and the digests of blobs that local images use.
    ///
    /// A garbage collection must keep these.
    package func roots() throws(ImageError) -> (layers: Set<String>, blobs: Set<Digest>) {
        var layers: Set<String> = []
        var blobs: Set<Digest> = []
        for image in try records.images().values {
            layers.formUnion(image.layerNames.map(\.text))
            blobs.formUnion(image.baseLayers.map(\.blob.digest))
            for layer in image.layers {
                guard let packed = try records.layer(named: layer.name)?.packed else { continue }
                layers.insert(packed.diffID.hex)
                blobs.insert(packed.blob.digest)
            }
        }
        return (layers, blobs)
    }
}

extension Descriptor {
    /// The annotation of a layer with the key of the build step that made it, for caches on other machines.
    package static let stepAnnotation = "dev.trice.build.step"

    /// The same layer under the type that image manifests of the specification have.
    var inImageSpecification: Descriptor {
        var descriptor = self
        switch mediaType {
        case .dockerLayer: descriptor.mediaType = .layer
        case .dockerLayerGzip: descriptor.mediaType = .layerGzip
        default: break
        }
        return descriptor
    }
}
