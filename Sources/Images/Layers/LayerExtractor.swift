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
    /// What is different when an archive is no layer.
    struct Manner: Sendable {
        /// Whether `.wh.` at the beginning of a name has a meaning.
        var honoursWhiteouts = true
        /// Whether the directory itself keeps its owner and mode, whatever the archive says of its root.
        var keepsRoot = false
        /// Who owns everything; `nil` is whom the archive says.
        var owner: (user: UInt32, group: UInt32)?
    }

    /// What a directory gets when everything in it is there.
    struct Pending {
        var depth: Int
        var mode: mode_t
        var time: timespec?
    }

    private let root: OwnedDescriptor
    let directory: FilePath
    let subject: String
    let isPrivileged = geteuid() == 0
    private let rootDepth: Int
    var manner = Manner()
    private let limits: ExtractionLimits
    private var budget: ExtractionBudget
    /// By the path from the root.
    var pending: [[CChar]: Pending] = [:]
    private var lastName: EntryName?
    /// The parent used last; archives list a directory's entries together.
    private var lastParent: EntryName?
    private var lastParentDescriptor: OwnedDescriptor?
    private var lastParentNumber: Int32 = -1

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

    /// Checks the growth of the stream, as it is read.
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
            if manner.honoursWhiteouts, let whiteout = try Whiteout(name, in: subject) {
                try place(whiteout, name)
            } else {
                try place(entry, name, archive)
            }
        }
        try finishDirectories()
    }

    private var headerExcess: ImageError {
        let place = lastName.map { "after '\($0)'" } ?? "at its beginning"
        return ImageError(
            .limitExceeded,
            "Could not unpack \(subject): the entry \(place) is described by more than \(limits.maximumHeaderSize) bytes (maximumHeaderSize)."
        )
    }

    private func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
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
        return ImageError("unpack \(subject) at the entry '\(name)'", located)
    }
}

// MARK: - Entries

extension LayerExtractor {
    private func place(_ entry: OpaquePointer, _ name: EntryName, _ archive: ArchiveReader) throws(ImageError) {
        let kind = mode_t(archive_entry_filetype(entry)) & S_IFMT
        if name.isRoot {
            guard kind == S_IFDIR else {
                throw ImageError(.forbiddenEntry, "Could not unpack \(subject): an entry replaces the root directory.")
            }
            if manner.keepsRoot { return }
            return try placeDirectory(entry, name, at: root.rawValue)
        }
        let parent = try parent(of: name)
        if let target = archive_entry_hardlink(entry) {
            return try placeHardLink(to: EntryName(bytes(target), in: subject), name, at: parent)
        }
        switch kind {
        case S_IFDIR:
            try makeDirectory(name, at: parent, isImplied: false)
            try placeDirectory(entry, name, at: parent)
        case S_IFREG:
            try placeFile(entry, name, archive, at: parent)
        case S_IFLNK:
            guard let target = archive_entry_symlink(entry) else {
                throw ImageError(.invalidArchive, "Could not unpack \(subject): the link '\(name)' has no target.")
            }
            try create(name, at: parent) { symlinkat(target, parent, name.lastPath) }
            try applyAttributes(entry, name, at: parent, kind)
        case S_IFCHR, S_IFBLK, S_IFIFO:
            try placeNode(entry, name, kind, at: parent)
        case S_IFSOCK:
            break
        default:
            throw ImageError(.invalidArchive, "Could not unpack \(subject): the entry '\(name)' is of no known type.")
        }
    }

    private func placeFile(
        _ entry: OpaquePointer, _ name: EntryName, _ archive: ArchiveReader, at parent: Int32
    ) throws(ImageError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let mode = mode_t(archive_entry_perm(entry)) & 0o777
        let fd = try create(name, at: parent) { cl_openat(parent, name.lastPath, flags, mode) }
        let file = OwnedDescriptor(owning: fd)
        let size = Int64(archive_entry_size(entry))
        var end: Int64 = 0
        while let block = try archive.nextBlock() {
            try step(name) { () throws(SystemError) in
                var written = 0
                while written < block.bytes.count {
                    written += try systemCall("pwrite", name.description) {
                        pwrite(
                            fd, block.bytes.baseAddress?.advanced(by: written), block.bytes.count - written,
                            off_t(block.offset) + written)
                    }
                }
            }
            end = max(end, block.offset + Int64(block.bytes.count))
        }
        if end < size {
            try step(name) { () throws(SystemError) in
                try systemCall("ftruncate", name.description) { ftruncate(fd, off_t(size)) }
            }
        }
        try applyAttributes(entry, name, file: fd)
        _ = consume file
    }

    private func placeHardLink(to target: EntryName, _ name: EntryName, at parent: Int32) throws(ImageError) {
        if target == name { return }
        guard !target.isRoot else {
            throw ImageError(.forbiddenEntry, "Could not unpack \(subject): the entry '\(name)' links to the root.")
        }
        do throws(ImageError) {
            let directory = try step(name) { () throws(SystemError) in try open(target.parent) }
            let from = directory.rawValue
            try create(name, at: parent) { linkat(from, target.lastPath, parent, name.lastPath, 0) }
            _ = consume directory
        } catch  where (error.cause as? SystemError)?.errno == .noSuchFileOrDirectory {
            throw ImageError(
                .invalidArchive,
                "Could not unpack \(subject): the entry '\(name)' links to '\(target)', which is not in it.",
                cause: error)
        }
    }

    private func placeNode(
        _ entry: OpaquePointer, _ name: EntryName, _ kind: mode_t, at parent: Int32
    ) throws(ImageError) {
        let device =
            kind == S_IFIFO
            ? 0 : cl_makedev(UInt32(archive_entry_rdevmajor(entry)), UInt32(archive_entry_rdevminor(entry)))
        do throws(ImageError) {
            try create(name, at: parent) { mknodat(parent, name.lastPath, kind | 0o600, device) }
        } catch  where (error.cause as? SystemError)?.errno == .notPermitted {
            // Without the right to make devices an empty file holds the place; the runtime mounts its own over it.
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            close(try create(name, at: parent) { cl_openat(parent, name.lastPath, flags, 0o600) })
        }
        try applyAttributes(entry, name, at: parent, kind)
    }

    private func placeDirectory(_ entry: OpaquePointer, _ name: EntryName, at parent: Int32) throws(ImageError) {
        try applyOwner(entry, name, at: parent)
        try applyExtendedAttributes(entry, name, S_IFDIR) { attribute, value throws(SystemError) in
            try ExtendedAttributes.set(attribute, value, in: parent, name.lastPath, name.description)
        }
        pending[name.path] = Pending(
            depth: name.components.count, mode: mode_t(archive_entry_perm(entry)),
            time: archive_entry_mtime_is_set(entry) == 0 ? nil : time(of: entry))
    }
}

// MARK: - Whiteouts

extension LayerExtractor {
    private func place(_ whiteout: Whiteout, _ name: EntryName) throws(ImageError) {
        if whiteout == .ignored { return }
        let parent = try parent(of: name)
        switch whiteout {
        case .ignored: break
        case .opaque: try makeOpaque([0x2e, 0], at: parent, name)
        case .removed(let removed):
            let path = removed.map { CChar(bitPattern: $0) } + [0]
            if mknodat(parent, path, S_IFCHR, 0) == 0 { return }
            let code = Errno.last
            let existing = try step(name) { () throws(SystemError) in try status(path, at: parent) }
            guard code == .fileExists, let existing else {
                throw failure(name, SystemError("mknod", name.description, code))
            }
            // What this same layer brings stays, but nothing of the lower directory shows through.
            if existing.st_mode & S_IFMT == S_IFDIR { try makeOpaque(path, at: parent, name) }
        }
    }

    private func makeOpaque(_ path: [CChar], at parent: Int32, _ name: EntryName) throws(ImageError) {
        try step(name) { () throws(SystemError) in
            let value = Array("y".utf8)
            do throws(SystemError) {
                try ExtendedAttributes.set("trusted.overlay.opaque", value, in: parent, path, name.description)
            } catch  where error.errno == .notPermitted {
                try ExtendedAttributes.set("user.overlay.opaque", value, in: parent, path, name.description)
            }
        }
    }

    private func isWhiteout(_ info: stat) -> Bool {
        info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0
    }
}

// MARK: - Names

extension LayerExtractor {
    /// Opens a directory below the root, following links as if the root were `/`; openat2(2).
    func open(_ name: EntryName) throws(SystemError) -> OwnedDescriptor {
        try open(name.path, CL_O_PATH)
    }

    func open(_ path: [CChar], _ flags: Int32) throws(SystemError) -> OwnedDescriptor {
        let root = root.rawValue
        return OwnedDescriptor(
            owning: try systemCall("openat2", directory.string) {
                cl_openat2(
                    root, path, UInt64(flags | O_DIRECTORY | O_CLOEXEC), 0,
                    UInt64(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS))
            })
    }

    /// The directory that an entry goes into, made when missing; valid until the next call.
    private func parent(of name: EntryName) throws(ImageError) -> Int32 {
        let parent = name.parent
        if parent.isRoot { return root.rawValue }
        if lastParent == parent { return lastParentNumber }
        if let found = try existing(parent, for: name) { return try remember(parent, found, for: name) }
        for ancestor in parent.ancestry {
            let above = try step(name) { () throws(SystemError) in try open(ancestor.parent).release() }
            let holder = OwnedDescriptor(owning: above)
            try checkDepth(of: holder, name)
            try makeDirectory(ancestor, at: holder.rawValue, isImplied: true)
            _ = consume holder
        }
        guard let made = try existing(parent, for: name) else {
            throw ImageError(
                .forbiddenEntry,
                "Could not unpack \(subject): the entry '\(name)' lies under a link or a file that leads to no directory of it."
            )
        }
        return try remember(parent, made, for: name)
    }

    /// `nil` where there is no such directory.
    private func existing(_ parent: EntryName, for name: EntryName) throws(ImageError) -> OwnedDescriptor? {
        do throws(SystemError) {
            return try open(parent)
        } catch {
            guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else {
                throw failure(name, error)
            }
            return nil
        }
    }

    /// A link can lead from a deep place to a still deeper one, so it is the kernel who says where a directory is.
    private func checkDepth(of directory: borrowing OwnedDescriptor, _ name: EntryName) throws(ImageError) {
        let fd = directory.rawValue
        let depth = try step(name) { () throws(SystemError) in try Self.depth(fd) }
        try budget.check(depth: depth - rootDepth, name)
    }

    /// How many directories lead to one.
    private static func depth(_ fd: Int32) throws(SystemError) -> Int {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlink", "\(fd)") { readlink("/proc/self/fd/\(fd)", &path, path.count) }
        return path[..<count].count { $0 == 0x2f }
    }

    private func remember(
        _ name: EntryName, _ descriptor: consuming OwnedDescriptor, for entry: EntryName
    ) throws(ImageError) -> Int32 {
        try checkDepth(of: descriptor, entry)
        lastParent = name
        lastParentNumber = descriptor.rawValue
        lastParentDescriptor = consume descriptor
        return lastParentNumber
    }

    /// Makes a directory. One that is there stays; what else is there gives way, unless the directory is only implied
    /// by an entry below it: then only a whiteout does.
    private func makeDirectory(_ name: EntryName, at parent: Int32, isImplied: Bool) throws(ImageError) {
        if mkdirat(parent, name.lastPath, 0o700) != 0 {
            let code = Errno.last
            let existing = try step(name) { () throws(SystemError) in try status(name.lastPath, at: parent) }
            guard code == .fileExists, let existing else {
                throw failure(name, SystemError("mkdir", name.description, code))
            }
            if existing.st_mode & S_IFMT == S_IFDIR { return }
            if isImplied && !isWhiteout(existing) { return }
            try remove(name, existing, at: parent)
            try step(name) { () throws(SystemError) in
                try systemCall("mkdir", name.description) { mkdirat(parent, name.lastPath, 0o700) }
            }
            if isWhiteout(existing) { try makeOpaque(name.lastPath, at: parent, name) }
        }
        if isImplied { pending[name.path] = Pending(depth: name.components.count, mode: 0o755, time: nil) }
    }

    /// Makes a name by `call`; what has the name already is removed first.
    @discardableResult
    private func create(_ name: EntryName, at parent: Int32, _ call: () -> Int32) throws(ImageError) -> Int32 {
        do throws(SystemError) {
            return try systemCall("create", name.description, call)
        } catch {
            guard error.errno == .fileExists else {
                throw failure(name, error)
            }
        }
        if let existing = try step(name, { () throws(SystemError) in try status(name.lastPath, at: parent) }) {
            try remove(name, existing, at: parent)
        }
        return try step(name) { () throws(SystemError) in try systemCall("create", name.description, call) }
    }

    private func remove(_ name: EntryName, _ existing: stat, at parent: Int32) throws(ImageError) {
        try step(name) { () throws(SystemError) in
            guard existing.st_mode & S_IFMT == S_IFDIR else {
                try systemCall("unlink", name.description) { unlinkat(parent, name.lastPath, 0) }
                return
            }
            try Files.removeTree(
                FilePath(platformString: ExtendedAttributes.pathThroughDescriptor(parent, name.lastPath)))
        }
        // A directory or a link may have been part of the way to it; `parent` itself is above and stays open.
        if lastParent != name.parent { lastParent = nil }
    }

    private func status(_ path: [CChar], at parent: Int32) throws(SystemError) -> stat? {
        var info = stat()
        if fstatat(parent, path, &info, AT_SYMLINK_NOFOLLOW) == 0 { return info }
        let code = Errno.last
        if code == .noSuchFileOrDirectory { return nil }
        throw SystemError("fstatat", subject, code)
    }
}
