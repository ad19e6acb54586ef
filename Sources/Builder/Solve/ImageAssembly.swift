internal import Dockerfile
internal import Images
internal import OCI
internal import Vocabulary

/// Makes an image of a finished stage: its configuration and history as Docker writes them.
struct ImageAssembly {
    /// Of all images that are built from Dockerfiles; BuildKit's.
    private static let comment = "buildkit.dockerfile.v0"

    /// What notes of images are called.
    static let notePrefix = "image "

    let state: StageState
    let labels: [String: String]
    /// What all times are; `nil` for when the steps were done.
    let epoch: Int64?

    /// - Parameter createdAt: The time of an image without layers.
    func image(createdAt: Int64) throws -> LocalImage {
        let created = CreationTime.text(epoch ?? max(createdAt, state.added.map(\.createdAt).max() ?? createdAt))
        var configuration = state.base.configuration
        configuration.config = OCI.ImageConfiguration.Execution(
            state.configuration.image, base: configuration.config, labels: labels, hasCommand: state.hasCommand)
        configuration.author = state.configuration.image.author
        configuration.created = created
        // Readers count: an entry for each layer, or none at all.
        let known = configuration.history.count { $0.emptyLayer != true }
        let missing = max(0, state.base.baseLayers.count + state.base.layers.count - known)
        configuration.history += Array(repeating: OCI.ImageConfiguration.History(), count: missing)
        var layers = state.base.layers
        var added = state.added[...]
        for entry in state.configuration.history {
            var line = OCI.ImageConfiguration.History(
                createdBy: entry.createdBy, comment: Self.comment, emptyLayer: entry.isEmptyLayer ? true : nil)
            line.created = created
            if !entry.isEmptyLayer, let layer = added.popFirst() {
                line.created = CreationTime.text(epoch ?? layer.createdAt)
                layers.append(
                    LocalImage.Layer(
                        name: layer.name, historyPosition: configuration.history.count, step: layer.operation))
            }
            configuration.history.append(line)
        }
        return try LocalImage(configuration: configuration, baseLayers: state.base.baseLayers, layers: layers)
    }

    /// The digest of the image without its times.
    private func content() throws -> OCI.Digest {
        var timeless = state
        for index in timeless.added.indices { timeless.added[index].createdAt = 0 }
        return try ImageAssembly(state: timeless, labels: labels, epoch: 0).image(createdAt: 0).id
    }

    /// The last image of a name.
    private struct Note: Codable {
        var content: Digest
        var createdAt: Int64
    }

    /// The image; one that equals the last image of that name except for its times keeps these times, and so its ID.
    func image(named name: String, records: any BuildCacheRecords, now: Int64) throws -> LocalImage {
        if epoch != nil { return try image(createdAt: now) }
        let noteName = "\(Self.notePrefix)\(name)"
        let content = try content()
        if let bytes = try records.note(noteName),
            // An unreadable note is replaced.
            let note = try? JSONCoding.decode(Note.self, from: bytes), note.content == content
        {
            return try image(createdAt: note.createdAt)
        }
        let note = Note(content: content, createdAt: now)
        try records.setNote(noteName, JSONCoding.encode(note))
        return try image(createdAt: now)
    }
}
