internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Images as an image layout: a directory, or a tar of one; image-spec image-layout.md.
struct LayoutExport {
    let content: ContentStore
    let images: [ResolvedImage]

    private static let marker = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    /// containerd's and docker's annotation for the whole name; ref.name may be a tag alone to them.
    static let containerdName = "io.containerd.image.name"

    /// All blobs, each once, sorted.
    private var blobs: [Descriptor] {
        var byDigest: [Digest: Descriptor] = [:]
        for blob in images.flatMap(\.blobs) { byDigest[blob.digest] = blob }
        return byDigest.values.sorted { FileTree.blob($0.digest) < FileTree.blob($1.digest) }
    }

    private var entries: [Descriptor] {
        images.map { image in
            var entry = image.descriptor
            entry.annotations = [Descriptor.referenceName: image.name, Self.containerdName: image.name]
            return entry
        }
    }

    /// The index comes before the blobs, so that a reader knows their meaning.
    func write(to tar: TarWriter) throws(ImageError) {
        func directory(_ name: String) throws(ImageError) {
            try tar.write(TarEntry(name: Array("\(name)/".utf8), kind: .directory, mode: 0o755))
        }
        func document(_ name: String, _ bytes: [UInt8]) throws(ImageError) {
            try tar.write(
                TarEntry(name: Array(name.utf8), kind: .file(size: Int64(bytes.count)), mode: 0o644), bytes)
        }
        let blobs = blobs
        try document(StorePaths.layoutMarker, Self.marker)
        try document(StorePaths.index, IndexText.encode(Index(manifests: entries)))
        try directory(StorePaths.blobs)
        for algorithm in Set(blobs.map(\.digest.algorithm.rawValue)).sorted() {
            try directory("\(StorePaths.blobs)/\(algorithm)")
        }
        for blob in blobs {
            try tar.copy(content.path(of: blob.digest), as: FileTree.blob(blob.digest), size: blob.size)
        }
        try tar.finish()
    }

    /// The index is replaced last, after all blobs exist.
    func write(to directory: FilePath) throws(ImageError) {
        for blob in blobs { try copy(blob, to: directory) }
        let path = directory.appending(StorePaths.index)
        let existing = try attempting("read \(path)") { () throws(SystemError) in
            Files.exists(path) ? try Files.read(path) : nil
        }
        var index = Index()
        if let existing { index = try DocumentCoding.decode(Index.self, from: existing, "\(path)") }
        let names = Set(images.map(\.name))
        index.manifests.removeAll { $0.annotations[Descriptor.referenceName].map { names.contains($0) } ?? false }
        index.manifests += entries
        let text = try IndexText.encode(index)
        try attempting("write the image layout \(directory)") { () throws(SystemError) in
            let marker = directory.appending(StorePaths.layoutMarker)
            if !Files.exists(marker) { try Files.write(Self.marker, to: marker, keepsUmask: true) }
            try Files.write(text, to: path, isDurable: true, keepsUmask: true)
        }
    }

    private func copy(_ blob: Descriptor, to directory: FilePath) throws(ImageError) {
        let target = directory.appending(FileTree.blob(blob.digest))
        let folder = target.removingLastComponent()
        let temporary = folder.appending(".\(blob.digest.hex).\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        try attempting("write the image layout \(directory)") { () throws(SystemError) in
            if try Files.status(target)?.size == blob.size { return }
            try Files.createDirectory(folder, keepsUmask: true)
            do throws(SystemError) {
                try Self.copyFile(content.path(of: blob.digest), to: temporary)
                try Files.rename(temporary, to: target)
            } catch {
                // The thrown failure is more useful than a failure of the clean-up.
                _ = try? Files.remove(temporary)
                throw error
            }
        }
    }

    /// The file system shares the blocks where it supports that; copy_file_range(2).
    private static func copyFile(_ path: FilePath, to target: FilePath) throws(SystemError) {
        let source = try OwnedDescriptor.open(path)
        let made = try OwnedDescriptor.open(target, O_WRONLY | O_CREAT | O_EXCL)
        let (from, to) = (source.rawValue, made.rawValue)
        while cl_copy_file_range(from, to, 1 << 30) > 0 {}
        // The fallback for file systems without that call.
        while true {
            let part = try source.read(atMost: 1 << 18)
            if part.isEmpty { break }
            try made.write(part)
        }
        try systemCall("fsync", target.string) { fsync(to) }
    }
}
