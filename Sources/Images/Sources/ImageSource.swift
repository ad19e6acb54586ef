internal import OCI
internal import SystemPackage

/// The progress events of `ensure`.
package enum ImageProgress: Sendable, Hashable {
    /// A line for people, such as one of mmdebstrap's.
    case message(String)
    case layer(LayerProgress)
}

/// The source of an image that is not in the store or has changed since.
protocol ImageSource: Sendable {
    /// A text that changes when the source does, found without reading all of it; `nil` when that would take as long as
    /// an import.
    ///
    /// - Throws: `.sourceMissing` when the source does not exist.
    func fingerprint() throws(ImageError) -> String?

    /// Imports the blobs and the layers into the stores; returns the descriptor of the manifest.
    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor
}

/// The stores that a source fills.
struct ImageTarget: Sendable {
    /// The directory that both stores lie in.
    let stateDirectory: FilePath
    let content: ContentStore
    let layers: LayerStore
    let platform: Platform
    let progress: @Sendable (ImageProgress) -> Void

    /// Stores configuration and manifest of an image that has one layer.
    func compose(
        layer: UnpackedLayer, _ mediaType: MediaType, _ execution: ImageConfiguration.Execution, createdBy: String
    ) throws(ImageError) -> Descriptor {
        let configuration = ImageConfiguration(
            platform: platform, config: execution, diffIDs: [layer.diffID],
            history: [ImageConfiguration.History(createdBy: createdBy)])
        return try store(configuration, layers: [Descriptor(mediaType, layer.digest, size: layer.size)])
    }

    /// Stores a configuration and the manifest for it.
    func store(_ configuration: ImageConfiguration, layers: [Descriptor]) throws(ImageError) -> Descriptor {
        try store(configurationBytes: DocumentCoding.encode(configuration), configuration.platform, layers: layers)
    }

    /// The same for an existing configuration whose bytes must not change.
    func store(
        configurationBytes bytes: [UInt8], _ platform: Platform, layers: [Descriptor]
    ) throws(ImageError) -> Descriptor {
        let config = Descriptor(.configuration, try content.write(bytes), size: Int64(bytes.count))
        let manifest = try DocumentCoding.encode(Manifest(config: config, layers: layers))
        return Descriptor(.manifest, try content.write(manifest), size: Int64(manifest.count), platform: platform)
    }
}

extension ImageConfiguration.Execution {
    /// The execution defaults of a system without settings.
    static func plain(command: [String]) -> ImageConfiguration.Execution {
        var execution = ImageConfiguration.Execution()
        execution.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        execution.command = command
        return execution
    }
}
