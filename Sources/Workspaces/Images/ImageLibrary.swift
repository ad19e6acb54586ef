package import Images
package import OCI
package import Store

/// Every image on this host, brought or made here, by whatever name.
///
/// A name stands for one image: the records of what was made here go before the content store, and whoever gives a
/// name in one of the two takes it away in the other.
package struct ImageLibrary: Sendable {
    package let store: ImageStore
    package let local: LocalImages

    package init(_ store: ImageStore, _ durable: DurableStore) throws {
        self.store = store
        local = try LocalImages(store, records: RecordedImages(durable: durable))
    }

    /// The image if it is here and whole.
    package func lookup(_ reference: ImageReference) throws -> Image? {
        if let image = try local.load(reference.description) { return image }
        return try store.lookup(reference)
    }

    /// The image, brought where it is missing; `refreshing` asks its source even if it is here.
    package func ensure(
        _ reference: ImageReference, refreshing: Bool = false, debian: DebianLock? = nil,
        progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> Image {
        if !refreshing, let image = try local.load(reference.description) { return image }
        let image = try store.ensure(reference, refreshing: refreshing, debian: debian, progress: progress)
        if refreshing { try local.records.removeImage(named: reference.description) }
        return image
    }

    /// One name of one image.
    package struct Entry: Sendable {
        package var reference: String
        package var image: Image
        /// Bytes of the layers: of their blobs, or of their files where they have none.
        package var layerSizes: [Int64]
        package var isLocal: Bool
        /// What others know it by; `nil` for one that was made here and never packed.
        package var digest: Digest?

        package var size: Int64 { layerSizes.reduce(0, +) }
    }

    /// Every name, sorted.
    package func list() throws -> [Entry] {
        let made = try local.records.images()
        var entries = try made.map { name, image in try entry(image, name) }
        for found in try store.list() where made[found.reference] == nil {
            entries.append(
                Entry(
                    reference: found.reference, image: found.image, layerSizes: found.layerSizes, isLocal: false,
                    digest: found.digest))
        }
        return entries.sorted { $0.reference < $1.reference }
    }

    /// The names alone, sorted; reads and measures no image.
    package func names() throws -> [String] {
        let brought = try store.content.references().compactMap { $0.annotations[Descriptor.referenceName] }
        return Set(brought).union(try local.records.images().keys).sorted()
    }

    /// The image with an id, under any of its names; unlike `list` it measures no layers.
    package func image(id: String) throws -> Image? {
        for (name, made) in try local.records.images() where "\(made.id)" == id { return try local.view(made, name) }
        return try store.list().first { "\($0.image.id)" == id }?.image
    }

    /// Gives the image with an id one more name; `false` where the image has no name by which it could be found.
    package func keep(id: String, as reference: Reference) throws -> Bool {
        let name = reference.description
        for made in try local.records.images().values where "\(made.id)" == id {
            try local.records.set(made, named: name)
            return true
        }
        guard let found = try store.list().first(where: { "\($0.image.id)" == id }) else { return false }
        try store.tag(found.reference, as: name)
        return true
    }

    private func entry(_ image: LocalImage, _ name: String) throws -> Entry {
        Entry(
            reference: name, image: try local.view(image, name),
            layerSizes: try image.baseLayers.map(\.blob.size)
                + image.layers.map { try local.measured($0.name).size ?? 0 },
            isLocal: true, digest: try store.entry(named: name)?.digest)
    }

    /// The image that a person means: by a name, or by the first digits of its id.
    ///
    /// - Throws: `ImageError.noSuchImage` with the nearest name; `.ambiguous` where an id begins several.
    package func find(_ text: String, relativeTo directory: String) throws -> Entry {
        let reference = try ImageReference(text, relativeTo: directory)
        let name = reference.description
        if let image = try local.records.image(named: name) { return try entry(image, name) }
        if let found = try store.entry(named: name) {
            return Entry(
                reference: name, image: found.image, layerSizes: found.layerSizes, isLocal: false,
                digest: found.digest)
        }
        let all = try list()
        if case .registry(let named) = reference, let digest = named.digest,
            let found = all.first(where: { $0.image.repositoryDigest == digest || $0.image.manifestDigest == digest })
        {
            return found
        }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        if digits.count >= 4, digits.allSatisfy(\.isHexDigit) {
            let found = all.filter { $0.image.id.hex.hasPrefix(digits.lowercased()) }
            if let first = found.first {
                guard Set(found.map(\.image.id)).count == 1 else {
                    throw ImageError(
                        .ambiguous, "Several images have an id that begins with \(digits); give more of it.")
                }
                return first
            }
        }
        throw Self.missing(text, name, among: all.map(\.reference))
    }

    private static func missing(_ text: String, _ name: String, among names: [String]) -> ImageError {
        func familiar(_ name: String) -> String { (try? Reference(name))?.familiar ?? name }
        let near = names.map(familiar).filter { candidate in
            let stem = candidate.prefix { $0 != ":" && $0 != "@" }
            return stem == text.prefix { $0 != ":" && $0 != "@" }
        }
        let hint = near.isEmpty ? "`trice image ls` shows what there is." : "There is \(near.joined(separator: ", "))."
        return ImageError(.noSuchImage, "There is no image \(text) in the store. \(hint)")
    }

    /// Gives an image another name.
    package func tag(_ entry: Entry, as reference: Reference) throws {
        let name = reference.description
        let protection = try store.protect()
        if entry.isLocal, let image = try local.records.image(named: entry.reference) {
            try local.records.set(image, named: name)
            try store.remove(named: name)
        } else {
            try store.tag(entry.reference, as: name)
            try local.records.removeImage(named: name)
        }
        _ = consume protection
    }

    /// Takes a name away; `false` where there was none.
    @discardableResult
    package func remove(named name: String) throws -> Bool {
        // Both always: `||` would leave the second alone.
        let wasMade = try local.records.removeImage(named: name)
        let wasStored = try store.remove(named: name)
        return wasMade || wasStored
    }

    /// Frees what no name and none of these layers needs.
    ///
    /// - Parameters:
    ///   - candidates: names of the only directories of layers that may go; `nil` for everything.
    ///   - inUse: names of directories of layers, asked when no layer is added any more.
    ///   - forgetting: names to take away before.
    package func collect(
        among candidates: Set<String>? = nil, inUse: () throws -> Set<String>,
        forgetting: ([Entry]) throws -> [String] = { _ in [] }
    ) throws -> (names: [String], ImageStore.Collected) {
        var forgotten: [String] = []
        let collected = try store.collect(among: candidates) {
            for name in try forgetting(list()) {
                try remove(named: name)
                forgotten.append(name)
            }
            let made = try local.roots()
            var roots = ImageStore.Roots(layers: made.layers, blobs: made.blobs)
            roots.layers.formUnion(try inUse())
            for layer in try local.records.layers()
            where !roots.layers.contains(layer.name.text) && candidates?.contains(layer.name.text) != false {
                try local.records.removeLayer(named: layer.name)
            }
            return roots
        }
        return (forgotten, collected)
    }

    /// Frees what was added since and that no name and none of these layers needs; layers that were made here stay.
    package func collect(since earlier: StoreInventory, inUse: () throws -> Set<String>) throws {
        try store.collect(since: earlier) {
            let made = try local.roots()
            return ImageStore.Roots(layers: made.layers.union(try inUse()), blobs: made.blobs)
        }
    }

    /// The manifest of an image, all of whose blobs are then in the content store.
    package func packed(_ entry: Entry) throws -> Descriptor {
        if entry.isLocal { return try local.pack(entry.reference) }
        guard let descriptor = try store.manifest(named: entry.reference) else {
            throw ImageError(.noSuchImage, "There is no image \(entry.reference) in the store any more.")
        }
        return descriptor
    }
}

extension ImageStore.Entry {
    package var digest: Digest? { image.repositoryDigest ?? image.manifestDigest }
}
