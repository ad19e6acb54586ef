internal import Glibc
internal import LinuxSystem
package import OCI
package import SystemPackage

/// The blobs and references on this machine: a directory that is an OCI image layout at every moment.
///
/// Blobs are written beside their place, checked, made durable and renamed; any number of processes may write the
/// same one. References are the entries of `index.json`, each with its name in an annotation.
package struct ContentStore: Sendable {
    package let directory: FilePath
    private let ingest: LockedDirectories

    /// Opens the store, made when missing; what dead processes left unfinished is removed.
    package init(_ directory: FilePath) throws(ImageError) {
        self.directory = directory
        ingest = try attempting("open the content store \(directory)") { () throws(SystemError) in
            let ingest = directory.appending(StorePaths.ingest)
            if !Files.exists(directory.appending(StorePaths.index)) || !Files.exists(ingest) {
                try Files.createDirectory(directory.appending(StorePaths.blobs).appending("sha256"), mode: 0o700)
                let lock = try FileLock(waitingFor: directory.appending(StorePaths.indexLock))
                let marker = directory.appending(StorePaths.layoutMarker)
                if !Files.exists(marker) {
                    try Files.write(#"{"imageLayoutVersion":"1.0.0"}"#.utf8, to: marker, isDurable: true)
                }
                let index = directory.appending(StorePaths.index)
                if !Files.exists(index) {
                    try Files.write(IndexText.empty, to: index, isDurable: true)
                }
                _ = consume lock
            }
            let opened = LockedDirectories(ingest)
            try opened.prepare()
            try opened.clear()
            return opened
        }
    }
}

// MARK: - Blobs

extension ContentStore {
    /// The path of a blob, whether it exists or not.
    package func path(of digest: Digest) -> FilePath {
        directory.appending(FileTree.blob(digest))
    }

    /// Whether the blob is there. Its content is not checked.
    package func contains(_ digest: Digest) -> Bool {
        Files.exists(path(of: digest))
    }

    /// The size of a blob in bytes.
    ///
    /// - Throws: `.invalidImage` when the blob is not in the store.
    package func size(of digest: Digest) throws(ImageError) -> Int64 {
        let status = try attempting("read the blob \(digest)") { () throws(SystemError) in
            try Files.status(path(of: digest))
        }
        guard let status else {
            throw ImageError(.invalidImage, "The blob \(digest) is missing from \(directory).")
        }
        return status.size
    }

    /// A writer for a blob that arrives in pieces.
    package func writer(_ algorithm: Digest.Algorithm = .sha256) throws(ImageError) -> BlobWriter {
        try attempting("write a blob to \(directory)") { () throws(SystemError) in
            try BlobWriter(self, ingest.begin(), algorithm)
        }
    }

    /// A directory beside the blobs for work that is thrown away.
    func beginWork() throws(ImageError) -> LockedDirectory {
        try attempting("write to \(directory)") { () throws(SystemError) in try ingest.begin() }
    }

    /// Stores a small blob.
    @discardableResult
    package func write(_ bytes: [UInt8], expecting digest: Digest? = nil) throws(ImageError) -> Digest {
        let known = Digester.digest(of: bytes, digest?.algorithm ?? .sha256)
        if let digest, known != digest {
            throw ImageError(.digestMismatch, "The content of the blob \(digest) has the digest \(known).")
        }
        if let status = try attempting(
            "read the blob \(known)",
            { () throws(SystemError) in
                try Files.status(path(of: known))
            }), status.size == Int64(bytes.count)
        {
            return known
        }
        let writer = try writer(known.algorithm)
        try writer.write(bytes)
        return try writer.commit()
    }

    /// Reads a document and checks it against its descriptor.
    package func read(_ descriptor: Descriptor) throws(ImageError) -> [UInt8] {
        do throws(ImageError) {
            return try FileTree(path: directory, isForeign: true).document(descriptor)
        } catch  where error.code == .sourceMissing {
            throw ImageError(.invalidImage, "The blob \(descriptor.digest) is missing from \(directory).", cause: error)
        }
    }
}

extension ContentStore {
    /// The digests of all blobs.
    func digests() throws(ImageError) -> Set<Digest> {
        var found: Set<Digest> = []
        for algorithm in Digest.Algorithm.allCases {
            let folder = directory.appending(StorePaths.blobs).appending(algorithm.rawValue)
            let names = try attempting("list \(folder)") { () throws(SystemError) in try Files.names(in: folder) }
            // What has another name is no blob.
            found.formUnion(names.compactMap { try? Digest("\(algorithm.rawValue):\($0)") })
        }
        return found
    }

    /// Removes these blobs; no other process may add blobs meanwhile.
    func remove(_ digests: Set<Digest>) throws(ImageError) -> [(name: String, size: Int64)] {
        var removed: [(name: String, size: Int64)] = []
        for digest in digests where contains(digest) {
            let size = try size(of: digest)
            try attempting("remove the blob \(digest)") { () throws(SystemError) in
                _ = try Files.remove(path(of: digest))
            }
            removed.append(("\(digest)", size))
        }
        return removed
    }

    /// Removes all blobs except `kept`; no other process may add blobs meanwhile.
    func removeBlobs(except kept: Set<Digest>) throws(ImageError) -> [(name: String, size: Int64)] {
        try attempting("remove unused blobs from \(directory)") { () throws(SystemError) in
            var removed: [(name: String, size: Int64)] = []
            for algorithm in Digest.Algorithm.allCases {
                let folder = directory.appending(StorePaths.blobs).appending(algorithm.rawValue)
                let wanted = Set(kept.filter { $0.algorithm == algorithm }.map(\.hex))
                for name in try Files.names(in: folder) where !wanted.contains(name) {
                    let size = try Files.status(folder.appending(name))?.size ?? 0
                    try Files.removeTree(folder.appending(name))
                    removed.append(("\(algorithm.rawValue):\(name)", size))
                }
            }
            return removed
        }
    }
}

// MARK: - References

extension ContentStore {
    private var indexPath: FilePath { directory.appending(StorePaths.index) }

    private func indexBytes() throws(ImageError) -> [UInt8] {
        try attempting("read \(indexPath)") { () throws(SystemError) in try Files.read(indexPath) }
    }

    /// All entries of the index, named or not.
    package func references() throws(ImageError) -> [Descriptor] {
        try DocumentCoding.decode(Index.self, from: indexBytes(), "\(indexPath)").manifests
    }

    /// The descriptor of a name; `nil` when the name does not exist.
    package func reference(_ name: String) throws(ImageError) -> Descriptor? {
        try IndexText.entry(name, in: indexBytes(), "\(indexPath)")
    }

    /// Gives `descriptor` a name; an existing name is moved to it.
    package func setReference(_ name: String, to descriptor: Descriptor) throws(ImageError) {
        try updateReferences { entries in
            var entry = descriptor
            entry.annotations[Descriptor.referenceName] = name
            if let position = entries.firstIndex(where: { $0.annotations[Descriptor.referenceName] == name }) {
                if entries[position] == entry { return false }
                entries[position] = entry
            } else {
                entries.append(entry)
            }
            return true
        }
    }

    /// Removes a name; `false` when it does not exist. The blobs stay.
    @discardableResult
    package func removeReference(_ name: String) throws(ImageError) -> Bool {
        try updateReferences { entries in
            let before = entries.count
            entries.removeAll { $0.annotations[Descriptor.referenceName] == name }
            return entries.count != before
        }
    }

    /// Replaces the index in one step, under the index's lock; `change` returns whether it changed the index.
    @discardableResult
    private func updateReferences(_ change: (inout [Descriptor]) -> Bool) throws(ImageError) -> Bool {
        let lock = try attempting("lock \(directory)") { () throws(SystemError) in
            try FileLock(waitingFor: directory.appending(StorePaths.indexLock))
        }
        defer { withExtendedLifetime(lock) {} }
        var index = try DocumentCoding.decode(Index.self, from: indexBytes(), "\(indexPath)")
        guard change(&index.manifests) else { return false }
        let text = try IndexText.encode(index)
        try attempting("write \(indexPath)") { () throws(SystemError) in
            try Files.write(text, to: indexPath, isDurable: true)
        }
        return true
    }
}
