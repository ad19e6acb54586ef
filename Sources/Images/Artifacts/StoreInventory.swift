internal import OCI

/// What the store had at one moment, so that what was added since can be told apart.
package struct StoreInventory: Sendable {
    let layers: Set<String>
    let blobs: Set<Digest>
}

extension ImageStore {
    /// What the store has now.
    package func inventory() throws(ImageError) -> StoreInventory {
        StoreInventory(layers: Set(try layers.names()), blobs: try content.digests())
    }

    /// Removes blobs and unpacked layers that were added since and that no name and no root reaches. Layers that were made
    /// here stay. The caller does not hold `protect()`.
    package func collect(since earlier: StoreInventory, _ roots: () throws -> Roots) throws {
        let local = { (name: String) in (try? LayerName(name))?.isLocal ?? true }
        let added = Set(try layers.names()).subtracting(earlier.layers).filter { !local($0) }
        try collect(among: added, blobs: try content.digests().subtracting(earlier.blobs), roots)
    }
}
