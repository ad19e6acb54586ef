internal import OCI
internal import SystemPackage

/// What `ensure` tells while it works.
public enum ImageProgress: Sendable, Hashable {
    /// A line for people, such as one of mmdebstrap's.
    case message(String)
    case layer(LayerProgress)
}

/// Where an image comes from, when it is not in the store or no longer what it was.
protocol ImageSource: Sendable {
    /// A text that changes when the source does, found without reading it all; `nil` where asking takes as long as
    /// bringing.
    ///
    /// - Throws: `.sourceMissing` when the source is not there.
    func fingerprint() throws(ImageError) -> String?

    /// Brings the blobs and the layers into the stores; the result is the descriptor of the manifest.
    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor
}

/// Where a source puts what it has.
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

    /// The same for a configuration that exists and whose bytes must stay.
    func store(
        configurationBytes bytes: [UInt8], _ platform: Platform, layers: [Descriptor]
    ) throws(ImageError) -> Descriptor {
        let config = Descriptor(.configuration, try content.write(bytes), size: Int64(bytes.count))
        let manifest = try DocumentCoding.encode(Manifest(config: config, layers: layers))
        return Descriptor(.manifest, try content.write(manifest), size: Int64(manifest.count), platform: platform)
    }
}

extension ImageConfiguration.Execution {
    /// What a system without any wishes of its own gets.
    static func plain(command: [String]) -> ImageConfiguration.Execution {
        var execution = ImageConfiguration.Execution()
        execution.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        execution.command = command
        return execution
    }
}
