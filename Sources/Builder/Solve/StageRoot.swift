internal import Images
internal import OCI
internal import SystemPackage

/// The files of an image or a stage: layers on top of each other.
struct StageRoot: Sendable, Hashable {
    /// The directories of the layers, the uppermost first, none twice.
    private(set) var directories: [FilePath] = []
    /// The same for the same layers.
    private(set) var key: OCI.Digest
    /// Whether the key is the same on every machine that has these layers.
    private(set) var isPortable = true

    /// Nothing.
    init() throws(BuildError) {
        key = KeyWriter("root 1").digest
    }

    /// - Parameter directories: As `LocalImages.view` has them.
    init(_ image: LocalImage, directories: [FilePath]) throws(BuildError) {
        try self.init()
        for name in image.layerNames { try count(name) }
        self.directories = directories
    }

    /// Adds a layer to the key alone.
    mutating func count(_ name: LayerName) throws(BuildError) {
        if name.isLocal { isPortable = false }
        var writer = KeyWriter("layer")
        writer.add(key.description)
        writer.add(name.text)
        key = writer.digest
    }

    mutating func add(_ name: LayerName, at directory: FilePath) throws(BuildError) {
        try count(name)
        directories.removeAll { $0 == directory }
        directories.insert(directory, at: 0)
    }
}

/// A layer that a stage has added to what it started from.
struct AddedLayer: Sendable, Hashable {
    var name: LayerName
    /// In seconds since 1970.
    var createdAt: Int64
    /// What the step did that made it, as `CacheRecord` has it.
    var operation: OCI.Digest?
}
