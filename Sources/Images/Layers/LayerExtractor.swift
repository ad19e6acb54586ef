internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Writes the entries of one tar below a directory, and nowhere else.
///
/// Parents are resolved by the kernel as if the directory were `/`; the last component is never followed. Whiteouts
/// take the form that overlayfs reads. Directories get their modes and times at the end, deepest first.
final class LayerExtractor {
    /// The differences for an archive that is not a layer.
    struct Options: Sendable {
        /// Whether `.wh.` at the beginning of a name has a meaning.
        var honoursWhiteouts = true
        /// Whether the directory keeps its owner and mode; the archive's entry for the root is ignored then.
        var keepsRoot = false
        /// The owner of all files; `nil` takes the owners of the archive.
        var owner: (user: UInt32, group: UInt32)?
    }

    /// The attributes that a directory gets after its content is complete.
    struct Pending {
        var depth: Int
        var mode: mode_t
        var time: timespec?
    }

    let root: OwnedDescriptor
    let directory: FilePath
    let subject: String
    let isPrivileged = geteuid() == 0
    let rootDepth: Int
    var options = Options()
    private let limits: ExtractionLimits
    var budget: ExtractionBudget
    /// By the path from the root.
    var pending: [[CChar]: Pending] = [:]
    private var lastName: EntryName?
    /// The parent used last; archives list a directory's entries together.
    var lastParent: EntryName?
    var lastParentDescriptor: OwnedDescriptor?
    var lastParentNumber: Int32 = -1

    /// `subject` names the archive in errors.
    init(into directory: FilePath, limits: ExtractionLimits, subject: String) throws(ImageError) {
        root = try attempting("unpack \(subject)") { () throws(SystemError) in
            try OwnedDescriptor.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        let opened = root.rawValue
        rootDepth = try attempting("unpack \(subject)") { () throws(SystemError) in try Self.depth(opened) }
        self.limits = limits
        budget = ExtractionBudget(limits, subject)
        self.directory = directory
        self.subject = subject
    }

    /// Checks the growth of the stream during reading.
    func check(uncompressed: Int64, compressed: Int64) throws(ImageError) {
        try limits.check(uncompressed: uncompressed, compressed: compressed, subject)
    }

    /// Writes all entries.
    func extract(_ archive: ArchiveReader) throws(ImageError) {
        while let entry = try archive.next(headerLimit: limits.maximumHeaderSize, headerExcess) {
            guard let raw = archive_entry_pathname(entry) else {
                throw ImageError(.invalidArchive, "Could not unpack \(subject): an entry has no name.")
            }
            let name = try EntryName(bytes(raw), in: subject)
            lastName = name
            try budget.count(name, bytes: archive_entry_hardlink(entry) == nil ? Int64(archive_entry_size(entry)) : 0)
            if options.honoursWhiteouts, let whiteout = try Whiteout(name, in: subject) {
                try place(whiteout, name)
            } else {
                try place(entry, name, archive)
            }
        }
        try finishDirectories()
    }

    private var headerExcess: ImageError {
        let place = lastName.map { "after `\($0)`" } ?? "at its beginning"
        return ImageError(
            .limitExceeded,
            "Could not unpack \(subject): the entry \(place) is described by more than \(limits.maximumHeaderSize) bytes (maximumHeaderSize)."
        )
    }

    func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        (0..<strlen(text)).map { UInt8(bitPattern: text[$0]) }
    }

    /// Runs a step; its failure names the archive and the entry.
    @discardableResult
    func step<Result: ~Copyable>(
        _ name: EntryName, _ body: () throws(SystemError) -> Result
    ) throws(ImageError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw failure(name, error)
        }
    }

    func failure(_ name: EntryName, _ error: SystemError) -> ImageError {
        let located = SystemError(error.call, "\(directory)/\(name)", error.errno)
        return ImageError("unpack \(subject) at the entry `\(name)`", located)
    }
}
