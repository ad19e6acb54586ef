internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
package import OCI
package import SystemPackage

/// A tar of an OCI image layout with one artifact, compressed or not, read in one pass.
///
/// No name of the archive becomes a path: an entry is a document of the layout, or a blob whose digest is its name. So
/// nothing can be written anywhere else than into the content store, and there only under the digest of its content.
struct ArtifactArchive {
    let store: ImageStore
    let subject: String
    private var index: [UInt8]?

    init(_ store: ImageStore, subject: String) {
        self.store = store
        self.subject = subject
    }

    /// What an entry is.
    enum Part: Equatable {
        case directory
        case marker
        case index
        case blob(Digest)
    }

    /// Stores all blobs and returns the descriptor of the only manifest.
    mutating func read(_ source: any ByteSource) throws(ImageError) -> Descriptor {
        let archive: ArchiveReader
        do throws(ImageError) {
            let stored = CountingSource(source)
            // What it grows to is not known before it is read.
            archive = try ArchiveReader(GrowthCheck(DecompressedSource(stored), of: stored, store.layers.limits), .tar)
            while let entry = try archive.next(headerLimit: 1 << 20, foreign("an entry has too long a description")) {
                try take(entry, archive)
            }
        } catch  where error.code == .invalidArchive {
            throw ImageError(
                .invalidArchive,
                "\(subject) is broken, only a part of what was written, or no archive of Trice at all. Get it again."
                    + (error.message.contains("more than once") ? " It is compressed more than once." : ""),
                cause: error)
        }
        guard let index else {
            throw ImageError(
                .invalidArchive, "\(subject) is not an archive of Trice: it has no index.json. Get it again.")
        }
        let manifests = try DocumentCoding.decode(Index.self, from: index, "index.json of \(subject)").manifests
        guard let only = manifests.first, manifests.count == 1, only.mediaType.isManifest else {
            throw ImageError(.invalidImage, "\(subject) is not what Trice has packed: it has not exactly one manifest.")
        }
        return Descriptor(only.mediaType, only.digest, size: only.size)
    }

    private mutating func take(_ entry: OpaquePointer, _ archive: ArchiveReader) throws(ImageError) {
        guard let raw = archive_entry_pathname(entry) else { throw foreign("an entry has no name") }
        let name = String(cString: raw)
        let kind = mode_t(archive_entry_filetype(entry))
        let isDirectory = kind == S_IFDIR
        let isFile = kind == S_IFREG
        guard let part = Self.part(name, isDirectory: isDirectory),
            isDirectory || (isFile && archive_entry_hardlink(entry) == nil)
        else { throw foreign("it has the entry `\(name)`") }
        switch part {
        case .directory, .marker: return
        case .index: index = try document(archive)
        case .blob(let digest): try keep(digest, archive)
        }
    }

    /// - Returns: `nil` for what an image layout does not have.
    static func part(_ name: String, isDirectory: Bool) -> Part? {
        var name = name[...]
        if name.hasPrefix("./") { name = name.dropFirst(2) }
        if isDirectory {
            if name.hasSuffix("/") { name = name.dropLast() }
            let known = ["", ".", "blobs"] + Digest.Algorithm.allCases.map { "blobs/\($0.rawValue)" }
            return known.contains(String(name)) ? .directory : nil
        }
        if name == StorePaths.layoutMarker { return .marker }
        if name == StorePaths.index { return .index }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == StorePaths.blobs else { return nil }
        // Another text is no digest, and so no blob.
        return (try? Digest("\(parts[1]):\(parts[2])")).map { .blob($0) }
    }

    private func document(_ archive: ArchiveReader) throws(ImageError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let block = try archive.nextBlock() {
            bytes += block.bytes
            guard Int64(bytes.count) <= DocumentCoding.sizeLimit else { throw foreign("its index.json is too large") }
        }
        return bytes
    }

    private func keep(_ digest: Digest, _ archive: ArchiveReader) throws(ImageError) {
        let writer = try store.content.writer(digest.algorithm)
        while let block = try archive.nextBlock() {
            guard block.offset == writer.size else { throw foreign("the blob \(digest) has holes") }
            try writer.write(block.bytes)
        }
        do throws(ImageError) {
            try writer.commit(expecting: digest)
        } catch  where error.code == .digestMismatch {
            throw ImageError(
                .digestMismatch, "\(subject) was changed or damaged: \(error.message) Get it again.", cause: error)
        }
    }

    private func foreign(_ why: String) -> ImageError {
        ImageError(.forbiddenEntry, "\(subject) is not an archive of Trice, or was changed: \(why).")
    }
}

extension ImageStore {
    /// Reads the artifact of an archive into the store, without a name. The caller holds `protect()`.
    ///
    /// - Parameter file: an open file or a pipe; `nil` for the regular file at `path`.
    /// - Throws: `.invalidArchive` for a broken or shortened archive, `.forbiddenEntry` for one with anything else in it,
    ///   `.digestMismatch`. Blobs that were read before stay until they are collected.
    package func read(
        artifactArchive path: FilePath, from file: FileDescriptor? = nil, subject: String
    ) throws(ImageError) -> Descriptor {
        var archive = ArtifactArchive(self, subject: subject)
        guard let file else { return try archive.read(FileSource(path, subject: subject)) }
        let own = try attempting("read \(subject)") { () throws(SystemError) in
            OwnedDescriptor(owning: try systemCall("fcntl", subject) { cl_fcntl(file.rawValue, F_DUPFD_CLOEXEC, 0) })
        }
        return try archive.read(FileSource(own, subject: subject))
    }

    /// Writes an artifact of the store as such an archive.
    ///
    /// - Parameter name: what other tools call it.
    package func write(
        artifactArchive descriptor: Descriptor, named name: String, to file: FileDescriptor, subject: String
    ) throws(ImageError) {
        try ImageExport(content: content, platform: platform).write(
            [ImageExport.Item(name: name, descriptor: descriptor)], as: .ociArchive, to: file, subject: subject)
    }
}
