internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
public import SystemPackage

// How a root file system becomes an image.
extension LocalImages {
    /// Makes an image of the tar of a root file system, compressed or not, that comes from an open file or a pipe.
    ///
    /// - Throws: `.invalidArchive` and whatever else unpacking a layer throws; nothing is left then.
    @discardableResult
    public func importRootfs(
        from file: FileDescriptor, subject: String, step: ImageStep, named name: String?, edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        let own = try attempting("read \(subject)") { () throws(SystemError) in
            OwnedDescriptor(owning: try systemCall("fcntl", subject) { cl_fcntl(file.rawValue, F_DUPFD_CLOEXEC, 0) })
        }
        let source = try PeekedSource(FileSource(own, subject: subject))
        return try withoutCollection { () throws(ImageError) in
            let blob = try store.content.writer()
            let layer = try store.layers.unpack(
                source, LayerExpectation(), copy: source.compression.copy(to: blob))
            let descriptor = Descriptor(source.compression.mediaType, layer.digest, size: layer.size)
            var configuration = ImageConfiguration(
                platform: store.platform, diffIDs: [layer.diffID], history: [step.history(isEmpty: false)])
            configuration.created = step.created
            configuration.author = step.author
            try edit?(&configuration.config)
            let image = try LocalImage(
                configuration: configuration,
                baseLayers: [LocalImage.BaseLayer(blob: descriptor, diffID: layer.diffID)])
            if let name { try records.set(image, named: name) }
            return image
        }
    }
}

/// A source whose first bytes have been looked at.
private final class PeekedSource: ByteSource {
    private let source: FileSource
    private var start: ArraySlice<UInt8>
    let compression: Compression

    init(_ source: FileSource) throws(ImageError) {
        self.source = source
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Compression.probeLength, alignment: 16)
        defer { buffer.deallocate() }
        while bytes.count < buffer.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(buffer.count - bytes.count)])
            let count = try source.read(into: part)
            if count == 0 { break }
            bytes += part[..<count]
        }
        start = bytes[...]
        compression = Compression.of(bytes)
    }

    var subject: String { source.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        guard !start.isEmpty else { return try source.read(into: buffer) }
        let part = start.prefix(buffer.count)
        buffer.copyBytes(from: part)
        start = start.dropFirst(part.count)
        return part.count
    }
}

extension Compression {
    /// So many bytes tell.
    fileprivate static let probeLength = 6

    /// By the first bytes of a file.
    fileprivate static func of(_ start: [UInt8]) -> Compression {
        if start.starts(with: [0x1f, 0x8b]) { return .gzip }
        if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstandard }
        if start.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a]) || start.starts(with: Array("BZh".utf8)) {
            return .other
        }
        return .none
    }
}
