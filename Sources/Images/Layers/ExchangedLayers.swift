internal import LinuxSystem
package import SystemPackage

/// Copies of layers in which the owners are exchanged as in the containers of one `KeptIdentity`.
///
/// Without root the kernel shows no mount of a layer with other owners, so such containers lie on copies. Each is made once, by
/// the first container, and shares its blocks with the layer where the file system can do that. It goes with its layer.
package struct ExchangedLayers: Sendable {
    private let identity: KeptIdentity
    private let directory: FilePath

    /// Makes nothing yet.
    ///
    /// - Parameter layers: the directory of the layers.
    package init(of layers: FilePath, for identity: KeptIdentity) {
        self.identity = identity
        directory = Self.parent(of: layers).appending(identity.description)
    }

    /// The directory with all copies, one below for each identity.
    package static func parent(of layers: FilePath) -> FilePath {
        layers.removingLastComponent().appending(StorePaths.exchanged)
    }

    /// The copies of layers, in their order; those that are missing are made.
    ///
    /// - Parameter begins: called before the first that is made.
    package func copies(of layers: [FilePath], begins: () -> Void = {}) throws(ImageError) -> [FilePath] {
        let pairs = layers.compactMap { layer in
            layer.lastComponent.map { (layer: layer, name: $0.string, copy: directory.appending($0)) }
        }
        guard pairs.contains(where: { !Files.exists($0.copy) }) else { return pairs.map(\.copy) }
        begins()
        let store = try LayerStore(directory)
        for pair in pairs where !Files.exists(pair.copy) {
            try store.copy(pair.layer, named: pair.name, for: identity)
        }
        return pairs.map(\.copy)
    }

    /// Removes the copies of a layer that is gone.
    static func remove(_ name: String, besides layers: FilePath) throws(SystemError) {
        let parent = parent(of: layers)
        for identity in try Files.names(in: parent) {
            try Files.removeTree(parent.appending(identity).appending(name))
        }
    }

    /// Makes the copies durable of all identities; those that are not are made again after a restart of the machine.
    package static func sync(besides layers: FilePath) throws(ImageError) {
        let parent = parent(of: layers)
        let identities = try attempting("list \(parent)") { () throws(SystemError) in try Files.names(in: parent) }
        for identity in identities { try LayerStore(parent.appending(identity)).sync() }
    }

    /// Removes all copies for identities that no container has.
    ///
    /// - Returns: how many bytes they had.
    package static func collect(
        besides layers: FilePath, keeping identities: Set<KeptIdentity>
    ) throws(ImageError) -> Int64 {
        let parent = parent(of: layers)
        let kept = Set(identities.map(\.description))
        let names = try attempting("list \(parent)") { () throws(SystemError) in try Files.names(in: parent) }
        var bytes: Int64 = 0
        for name in names where !kept.contains(name) {
            bytes += try TreeMeasure.of(parent.appending(name)).size
            try attempting("remove \(parent.appending(name))") { () throws(SystemError) in
                try Files.removeTree(parent.appending(name))
            }
        }
        return bytes
    }
}

extension LayerStore {
    /// Makes a layer of a copy of another one, with exchanged owners; it is not an error when another process has done so.
    fileprivate func copy(_ layer: FilePath, named name: String, for identity: KeptIdentity) throws(ImageError) {
        let lock = try attempting("lock the layer \(name)") { () throws(SystemError) in try ingest.lock(named: name) }
        let target = directory.appending(name)
        if !Files.exists(target) {
            let work = try attempting("copy \(layer)") { () throws(SystemError) in try ingest.begin() }
            let root = work.path.appending(StorePaths.ingestRoot)
            _ = try TreeCopy(from: layer, to: root, for: identity).copy()
            try publish(named: [name]) { () throws(ImageError) in
                try attempting("store the copy of \(layer)") { () throws(SystemError) in
                    try Files.rename(root, to: target)
                }
            }
            withExtendedLifetime(work) {}
        }
        _ = consume lock
    }
}
