internal import LinuxSystem
package import OCI
internal import SystemPackage

/// The compression of a layer's tar.
package enum LayerCompression: Sendable, Hashable {
    case none
    /// From 1, fast, to 9, small.
    case gzip(level: Int)

}

// Packing makes an image that other tools can read from an image that was made on this machine.
extension LocalImages {
    /// Writes all blobs of an image and gives its manifest the same name in the content store.
    ///
    /// Every layer is packed once; a later call with another `compression` does not change it. The same content gives
    /// the same digests; with `latest` (seconds since 1970) no file is newer than that time. When several processes
    /// pack the same image, one does the work. The next one removes the unfinished work of a killed one.
    ///
    /// - Returns: the descriptor of the manifest.
    /// - Throws: `.sourceMissing` when the image does not exist, or a blob of its base is missing.
    @discardableResult
    package func pack(
        _ name: String, compression: LayerCompression = .gzip(level: 6), latest: Int64? = CreationTime.sourceDateEpoch
    ) throws(ImageError) -> Descriptor {
        guard let image = try records.image(named: name) else {
            throw ImageError(.sourceMissing, "There is no image `\(name)` that was made here.")
        }
        return try withoutCollection { () throws(ImageError) in
            let manifest = try pack(image, compression: compression, latest: latest)
            try store.content.setReference(name, to: manifest)
            return manifest
        }
    }

    /// The same without a name; nothing keeps the blobs from being collected.
    package func pack(
        _ image: LocalImage, compression: LayerCompression, latest: Int64?
    ) throws(ImageError) -> Descriptor {
        if let gone = image.baseLayers.first(where: { !store.content.contains($0.blob.digest) }) {
            throw ImageError(
                .sourceMissing,
                "The blob \(gone.blob.digest) of the image's base is gone, so the image cannot be packed. Pull the base again."
            )
        }
        let names = Array(Set(image.layers.map(\.name)))
        let packed = try inParallel(names) { (layer: LayerName) throws(ImageError) -> LocalLayerRecord.Packed in
            try pack(layer, compression: compression, latest: latest)
        }
        let byName = Dictionary(zip(names, packed)) { first, _ in first }
        let layers = image.layers.compactMap { layer in
            byName[layer.name].map { packed in
                var packed = packed
                packed.blob.annotations[Descriptor.stepAnnotation] = layer.step?.description
                return packed
            }
        }
        var configuration = image.configuration
        configuration.diffIDs += layers.map(\.diffID)
        let target = ImageTarget(
            stateDirectory: paths.directory, content: store.content, layers: store.layers, platform: store.platform
        ) { _ in }
        return try target.store(configuration, layers: image.baseLayers.map(\.blob) + layers.map(\.blob))
    }

    /// Packs one layer, unless its blob exists.
    func pack(
        _ name: LayerName, compression: LayerCompression, latest: Int64?
    ) throws(ImageError) -> LocalLayerRecord.Packed {
        let lock = try attempting("lock the layer \(name)") { () throws(SystemError) in
            try FileLock(waitingFor: paths.locks.appending(name.text))
        }
        defer { withExtendedLifetime(lock) {} }
        var record = try records.layer(named: name) ?? LocalLayerRecord(name: name, createdAt: CreationTime.seconds)
        if let packed = record.packed, store.content.contains(packed.blob.digest) { return packed }
        let blob = try store.content.writer()
        let (packed, measure) = try Self.pack(directory(of: name), into: blob, compression, latest: latest)
        record.packed = packed
        record.size = measure.size
        record.entryCount = measure.entryCount
        try records.save(record)
        return packed
    }

    /// Packs a directory into a blob; without compression the blob's digest is the diff id.
    static func pack(
        _ directory: FilePath, into blob: BlobWriter, _ compression: LayerCompression, latest: Int64?
    ) throws(ImageError) -> (LocalLayerRecord.Packed, TreeMeasure) {
        func pack(into sink: any ByteSink) throws(ImageError) -> TreeMeasure {
            try TreePacker(root: directory, tar: TarWriter(sink), form: .overlay, latest: latest).pack()
        }
        guard case .gzip(let level) = compression else {
            let measure = try pack(into: blob)
            let digest = try blob.commit()
            let packed = LocalLayerRecord.Packed(diffID: digest, blob: Descriptor(.layer, digest, size: blob.size))
            return (packed, measure)
        }
        let gzip = GzipSink(blob, level: level)
        let plain = HashingSink(gzip)
        let measure = try pack(into: plain)
        try gzip.finish()
        let packed = LocalLayerRecord.Packed(
            diffID: plain.hasher.digest, blob: Descriptor(.layerGzip, try blob.commit(), size: blob.size))
        return (packed, measure)
    }
}
