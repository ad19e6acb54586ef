internal import Dockerfile
internal import Images
internal import OCI

/// The state of a stage during and after its instructions.
struct StageState: Sendable {
    var root: StageRoot
    /// The image that it continues; its configuration and history are the beginning of the stage's.
    let base: LocalImage
    var configuration: StageConfiguration
    var scope: StageScope
    /// Above the base.
    var added: [AddedLayer] = []
    /// Whether a `CMD` was among the instructions.
    var hasCommand = false
    /// The last instruction that was done and not taken from the cache.
    var rebuilt: String?
    /// Of a target.
    var image: LocalImage?

    /// Begins with an image.
    init(_ image: LocalImage, root: StageRoot, global: GlobalScope) {
        self.root = root
        base = image
        let configuration = Dockerfile.ImageConfiguration(image.configuration)
        self.configuration = StageConfiguration(base: configuration)
        scope = StageScope(environment: configuration.environment, global: global)
    }

    /// Continues another stage of the same file.
    init(continuing stage: StageState) {
        self = stage
        configuration = StageConfiguration(continuing: stage.configuration)
        scope.beginStage()
        image = nil
    }

    /// Begins with nothing.
    static func scratch(_ platform: Platform, global: GlobalScope) throws -> StageState {
        var image = OCI.ImageConfiguration(platform: platform, diffIDs: [])
        image.config.workingDirectory = "/"
        return StageState(
            try LocalImage(configuration: image, baseLayers: []), root: try StageRoot(), global: global)
    }

    var workingDirectory: String {
        configuration.image.workingDirectory.isEmpty ? "/" : configuration.image.workingDirectory
    }
}
