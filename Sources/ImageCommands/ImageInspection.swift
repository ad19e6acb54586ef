internal import Images
internal import OCI
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// An image in full, under the names that `docker image inspect` has.
package struct ImageInspection: Sendable, Encodable {
    var Id: String
    var RepoTags: [String]
    var RepoDigests: [String]
    var Created: String?
    var Author: String?
    var Architecture: String
    var Variant: String?
    var Os: String
    var Size: Int64
    /// As the image's own document has it.
    var Config: JSONValue
    var RootFS: RootFileSystem
    /// Where the layers are on this host, uppermost first.
    var LayerDirectories: [String]

    struct RootFileSystem: Sendable, Encodable {
        var `Type` = "layers"
        /// The diff ids, lowest first; those of layers that were never packed are not known.
        var Layers: [String]
    }
}

/// A step in an image's making.
package struct HistoryRow: Sendable, Encodable {
    /// The diff id of the layer, or its name where it has none yet; `nil` for a step without a layer.
    package var layer: String?
    package var created: String?
    package var author: String?
    package var createdBy: String?
    package var comment: String?
    /// Bytes.
    package var size: Int64
}

extension ImageAdministration {
    /// What is known of each image, in the order of `names`.
    package func inspectImages(_ names: [String]) throws -> [ImageInspection] {
        let host = try host()
        let all = try host.images.list()
        return try names.map { name in
            let entry = try host.find(name, request)
            let image = entry.image
            let same = all.filter { $0.image.id == image.id }
            let bytes = try host.images.store.documents(of: image).configuration
            let document = try JSONCoding.decode([String: JSONValue].self, from: bytes)
            return ImageInspection(
                Id: "\(image.id)", RepoTags: same.map(\.familiarName),
                RepoDigests: Self.repositoryDigests(of: same),
                Created: image.configuration.created, Author: image.configuration.author,
                Architecture: image.configuration.platform.architecture,
                Variant: image.configuration.platform.variant, Os: image.configuration.platform.os, Size: entry.size,
                Config: document["config"] ?? .object([:]),
                RootFS: ImageInspection.RootFileSystem(Layers: image.configuration.diffIDs.map(\.description)),
                LayerDirectories: image.layerDirectories.map(\.string))
        }
    }

    /// `REGISTRY/REPOSITORY@DIGEST`, each once; a name of another kind, such as `bootstrap:busybox`, is in no registry.
    private static func repositoryDigests(of entries: [ImageLibrary.Entry]) -> [String] {
        var seen: Set<String> = []
        return entries.compactMap { entry in
            guard case .registry(let named)? = try? ImageReference(entry.reference, relativeTo: "/"),
                let digest = entry.image.repositoryDigest
            else { return nil }
            let text = "\(named.registry)/\(named.repository)@\(digest)"
            return seen.insert(text).inserted ? text : nil
        }
    }

    /// The steps of an image's making, the last first.
    package func imageHistory(_ name: String) throws -> [HistoryRow] {
        let host = try host()
        let entry = try host.find(name, request)
        let configuration = entry.image.configuration
        var layers = zip(layerNames(of: entry, host), entry.layerSizes).map { ($0, $1) }[...]
        var rows: [HistoryRow] = []
        for step in configuration.history {
            let layer = step.emptyLayer == true ? nil : layers.popFirst()
            rows.append(
                HistoryRow(
                    layer: layer?.0, created: step.created, author: step.author, createdBy: step.createdBy,
                    comment: step.comment, size: layer?.1 ?? 0))
        }
        // Layers of an image whose makers kept no history.
        for layer in layers { rows.append(HistoryRow(layer: layer.0, size: layer.1)) }
        return rows.reversed()
    }

    /// Diff ids, then the names of layers that were made here, lowest first.
    private func layerNames(of entry: ImageLibrary.Entry, _ host: Host) -> [String] {
        let known = entry.image.configuration.diffIDs.map(\.description)
        guard entry.isLocal else { return known }
        let names = entry.image.layerDirectories.reversed().compactMap { $0.lastComponent?.string }
        return known + names.filter { $0.hasPrefix("local-") }
    }
}
