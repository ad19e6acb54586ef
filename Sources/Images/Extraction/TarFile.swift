internal import LinuxSystem
package import SystemPackage

/// A tar on disk that is no layer, compressed or not: what ADD unpacks.
///
/// Names have no meaning beside themselves, so `.wh.NAME` is an ordinary file. Entries stay below the directory that
/// they are unpacked into, links in it included.
package struct TarFile: Sendable {
    private let path: FilePath
    /// The name in messages.
    private let name: String

    /// - Parameter path: The path of the file, which every call opens again.
    package init(_ path: FilePath, named name: String) {
        self.path = path
        self.name = name
    }

    /// Whether the file is a tar with at least one entry, by its content.
    ///
    /// - Throws: When it cannot be read.
    package func isTar() throws(ImageError) -> Bool {
        do throws(ImageError) {
            return try entries(limits: ExtractionLimits()).next() != nil
        } catch  where error.code == .invalidArchive {
            return false
        }
    }

    /// Unpacks all entries. Existing directories stay and get the attributes of their entries; other existing files
    /// with the name of an entry are replaced.
    ///
    /// - Parameters:
    ///   - directory: An existing directory, which keeps its owner and mode.
    ///   - owner: The owner of all unpacked files; `nil` takes the owners of the archive.
    /// - Throws: `.invalidArchive`, `.forbiddenEntry`, `.limitExceeded`, `.diskFull`. Earlier entries stay.
    package func unpack(
        into directory: FilePath, owner: (user: UInt32, group: UInt32)? = nil,
        limits: ExtractionLimits = ExtractionLimits()
    ) throws(ImageError) {
        let extractor = try LayerExtractor(into: directory, limits: limits, subject: name)
        extractor.options = LayerExtractor.Options(honoursWhiteouts: false, keepsRoot: true, owner: owner)
        try extractor.extract(entries(limits: limits))
    }

    private func entries(limits: ExtractionLimits) throws(ImageError) -> ArchiveReader {
        let stored = CountingSource(try FileSource(path, subject: name))
        return try ArchiveReader(GrowthCheck(DecompressedSource(stored), of: stored, limits), .tar)
    }
}

/// Passes on decompressed bytes while their number is within the limits.
final class GrowthCheck: ByteSource {
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
