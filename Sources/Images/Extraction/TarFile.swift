internal import LinuxSystem
public import SystemPackage

/// A tar on disk that is no layer, compressed or not: what ADD unpacks.
///
/// Names have no meaning beside themselves, so `.wh.NAME` is an ordinary file. Entries stay below the directory that
/// they are unpacked into, links in it included.
public struct TarFile: Sendable {
    private let path: FilePath
    /// What it is called in messages.
    private let name: String

    /// - Parameter path: Of the file, which every call opens anew.
    public init(_ path: FilePath, named name: String) {
        self.path = path
        self.name = name
    }

    /// Whether the file is a tar with at least one entry, by its content.
    ///
    /// - Throws: When it cannot be read.
    public func isTar() throws(ImageError) -> Bool {
        do throws(ImageError) {
            return try entries(limits: ExtractionLimits()).next() != nil
        } catch  where error.code == .invalidArchive {
            return false
        }
    }

    /// Unpacks all entries. Directories that are there stay and get what their entries say; everything else that has an
    /// entry's name gives way.
    ///
    /// - Parameters:
    ///   - directory: It exists, and keeps its own owner and mode.
    ///   - owner: Who owns everything that is unpacked; `nil` is whom the archive says.
    /// - Throws: `.invalidArchive`, `.forbiddenEntry`, `.limitExceeded`, `.diskFull`. What came before stays.
    public func unpack(
        into directory: FilePath, owner: (user: UInt32, group: UInt32)? = nil,
        limits: ExtractionLimits = ExtractionLimits()
    ) throws(ImageError) {
        let extractor = try LayerExtractor(into: directory, limits: limits, subject: name)
        extractor.options = LayerExtractor.Options(honoursWhiteouts: false, keepsRoot: true, owner: owner)
        try extractor.extract(entries(limits: limits))
    }

    private func entries(limits: ExtractionLimits) throws(ImageError) -> ArchiveReader {
        let file = try attempting("read \(name)") { () throws(SystemError) in try OwnedDescriptor.open(path) }
        let stored = CountingSource(FileSource(file, subject: name))
        return try ArchiveReader(GrowthCheck(DecompressedSource(stored), of: stored, limits), .tar)
    }
}

/// Passes on what a compressed stream becomes, as long as that is not suspiciously much.
private final class GrowthCheck: ByteSource {
    private let plain: any ByteSource
    private let stored: CountingSource
    private let limits: ExtractionLimits
    private var count: Int64 = 0

    init(_ plain: any ByteSource, of stored: CountingSource, _ limits: ExtractionLimits) {
        self.plain = plain
        self.stored = stored
        self.limits = limits
    }

    var subject: String { plain.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let filled = try plain.read(into: buffer)
        count += Int64(filled)
        try limits.check(uncompressed: count, compressed: stored.count, subject)
        return filled
    }
}
