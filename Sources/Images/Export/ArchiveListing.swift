internal import CArchive
internal import LinuxSystem
package import OCI
package import SystemPackage

/// The list of the images in an archive, without importing them.
package struct ArchiveListing: Sendable, Hashable {
    /// One image of the archive.
    package struct Entry: Sendable, Hashable {
        /// The names that the archive has for it; none for one without.
        package let names: [String]
        /// The reference for `ImageStore.ensure`; `nil` for an image without a name beside others.
        package let reference: ImageReference?
    }

    package let entries: [Entry]

    /// One entry of `manifest.json`.
    private struct Item: Decodable {
        var RepoTags: [String]?
    }

    /// Reads what `docker save`, skopeo, podman or this program wrote, compressed or not.
    ///
    /// - Throws: `.invalidImage` when the file is no archive of images.
    package init(_ path: FilePath) throws(ImageError) {
        let documents = try Self.documents(in: path)
        if let manifest = documents["manifest.json"] {
            let items = try DocumentCoding.decode([Item].self, from: manifest, "manifest.json in \(path)")
            entries = Self.entries(items.map { $0.RepoTags ?? [] }) { .dockerArchive(path: path.string, tag: $0) }
        } else if let index = documents[StorePaths.index] {
            let manifests = try DocumentCoding.decode(Index.self, from: index, "index.json in \(path)").manifests
            let names = manifests.map { descriptor in
                let containerd = descriptor.annotations[LayoutExport.containerdName]
                return (containerd ?? descriptor.annotations[Descriptor.referenceName]).map { [$0] } ?? []
            }
            entries = Self.entries(names) { .ociArchive(path: path.string, tag: $0) }
        } else {
            throw ImageError(
                .invalidImage,
                "\(path) is no archive of images: it has neither a manifest.json nor an index.json. A root file system is imported."
            )
        }
    }

    private static func entries(_ names: [[String]], _ reference: (String?) -> ImageReference) -> [Entry] {
        names.map { list in
            let tag = list.first
            return Entry(names: list, reference: tag != nil || names.count == 1 ? reference(tag) : nil)
        }
    }

    /// The two documents at the root of the archive that list its images.
    private static func documents(in path: FilePath) throws(ImageError) -> [String: [UInt8]] {
        let archive = try ArchiveReader(DecompressedSource(FileSource(path)), .tar)
        var found: [String: [UInt8]] = [:]
        while let entry = try archive.next() {
            guard let raw = archive_entry_pathname(entry) else { continue }
            var name = String(cString: raw)
            if name.hasPrefix("./") { name.removeFirst(2) }
            guard name == "manifest.json" || name == StorePaths.index else { continue }
            var bytes: [UInt8] = []
            while let block = try archive.nextBlock() {
                bytes += block.bytes
                guard bytes.count <= DocumentCoding.sizeLimit else {
                    throw ImageError(.invalidImage, "\(name) in \(path) is too large to be a document.")
                }
            }
            found[name] = bytes
            if name == "manifest.json" { break }
        }
        return found
    }
}
