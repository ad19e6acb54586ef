internal import OCI
internal import SystemPackage

/// Image layouts of others, such as one that root keeps for all users: images of registries are read there instead, and nothing
/// is ever written. The blobs are shared and the layers are not: their owners are those of another user namespace.
struct AdditionalStores: Sendable {
    /// In the order in which they are asked.
    let paths: [FilePath]

    /// Brings the image from the first store that has it; `nil` where none has.
    ///
    /// A store that is missing or damaged is passed over with one message.
    func bring(_ reference: Reference, into target: ImageTarget) -> Descriptor? {
        for path in paths {
            do throws(ImageError) {
                guard let name = try name(of: reference, in: path) else { continue }
                let source = LayoutSource(path, tag: name, isForeign: true)
                let descriptor = try source.bring(into: target)
                target.progress(.message("\(reference) comes from the image store `\(path)`"))
                return descriptor
            } catch {
                target.progress(.message("the image store `\(path)` is passed over: \(error.message)"))
            }
        }
        return nil
    }

    /// The name that the store has for the image; one with a digest is found by the digest too.
    private func name(of reference: Reference, in path: FilePath) throws(ImageError) -> String? {
        let tree = FileTree(path: path, isForeign: true)
        let index = try DocumentCoding.decode(
            Index.self, from: tree.document(StorePaths.index), "index.json in \(path)")
        let names = index.manifests.compactMap { entry in
            entry.annotations[Descriptor.referenceName].map { (name: $0, digest: entry.digest) }
        }
        if let digest = reference.digest { return names.first { $0.digest == digest }?.name }
        return names.first { $0.name == reference.description }?.name
    }
}
