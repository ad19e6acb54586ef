package import OCI

/// The sources of one COPY or ADD.
package struct FileRequest: Sendable, Hashable {
    /// As written, with variables replaced: paths and patterns relative to the tree's root.
    package var sources: [String]
    /// `--exclude`.
    package var excludes: [String]
    /// `--parents`.
    package var keepsParents: Bool
    /// Whether `--chown` sets the owner of the copies, so that the owners of the sources do not matter.
    package var replacesOwner: Bool

    package init(sources: [String], excludes: [String] = [], keepsParents: Bool = false, replacesOwner: Bool = false) {
        self.sources = sources
        self.excludes = excludes
        self.keepsParents = keepsParents
        self.replacesOwner = replacesOwner
    }
}

/// The result of a request: the files with their digests.
package struct FileSelection: Sendable {
    /// One file, or a directory whose content is copied.
    struct Item: Sendable {
        /// Its path in the tree, with links resolved.
        var source: TreePath
        /// The name of a file in a destination directory: the last component as written.
        var name: [UInt8]
        /// Of the directory or the file itself.
        var record: FileRecord
        /// The content of a directory, without the directory itself; each directory precedes its content.
        var entries: [Entry] = []
        /// The content of a file.
        var digest = ContentDigest.none

        var isDirectory: Bool { record.kind == .directory }
    }

    struct Entry: Sendable {
        /// Relative to the item.
        var path: TreePath
        var record: FileRecord
        var digest: ContentDigest
    }

    let items: [Item]
    /// Over kinds, names, modes, owners where they count, targets of links and contents; never over times.
    package let digest: Digest
    /// Whether owners are part of the digest.
    let countsOwner: Bool
    /// Patterns that matched nothing. That is no mistake, but worth a warning.
    package let unmatched: [String]
    /// Of all files, in bytes.
    package let size: Int64
    /// Files, links and directories.
    package let entryCount: Int
}
