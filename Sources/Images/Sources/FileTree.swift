internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The directory from which a source reads files.
struct FileTree: Sendable {
    let path: FilePath
    /// Whether the directory was unpacked from an archive, so that no link in it may lead outside.
    var isForeign = false

    /// Opens a file by its path relative to the directory.
    ///
    /// - Throws: `.sourceMissing` when it is not there.
    func open(_ name: String) throws(ImageError) -> OwnedDescriptor {
        do throws(SystemError) {
            // A FIFO or a device in the place of a file would block this process or never end.
            let file =
                isForeign
                ? try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY).openBeneath(name, O_RDONLY | O_NONBLOCK)
                : try OwnedDescriptor.open(path.appending(name), O_RDONLY | O_NONBLOCK)
            try file.requireRegular(name)
            return file
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw ImageError("read \(name) in \(path)", error) }
            throw ImageError(.sourceMissing, "There is no \(name) in \(path).", cause: error)
        }
    }

    /// Reads a small file.
    func document(_ name: String) throws(ImageError) -> [UInt8] {
        let file = try open(name)
        var bytes: [UInt8] = []
        while true {
            let part = try attempting("read \(name) in \(path)") { () throws(SystemError) in try file.read() }
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= DocumentCoding.sizeLimit else {
                throw ImageError(.invalidImage, "The file \(name) in \(path) is too large to be a document.")
            }
        }
    }

    /// Reads the document of a descriptor in an image layout, and checks it.
    func document(_ descriptor: Descriptor) throws(ImageError) -> [UInt8] {
        let bytes = try document(Self.blob(descriptor.digest))
        guard Int64(bytes.count) == descriptor.size else {
            throw ImageError(
                .digestMismatch,
                "The blob \(descriptor.digest) in \(path) has \(bytes.count) bytes instead of \(descriptor.size).")
        }
        let digest = Digester.digest(of: bytes, descriptor.digest.algorithm)
        guard digest == descriptor.digest else {
            throw ImageError(
                .digestMismatch, "The content of the blob \(descriptor.digest) in \(path) has the digest \(digest).")
        }
        return bytes
    }

    /// A large file, to be read once.
    func source(_ name: String) throws(ImageError) -> FileSource {
        FileSource(try open(name), subject: "\(name) in \(path)")
    }

    /// The path of a blob in an image layout.
    static func blob(_ digest: Digest) -> String {
        "\(StorePaths.blobs)/\(digest.algorithm.rawValue)/\(digest.hex)"
    }
}
