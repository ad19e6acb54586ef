internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Copies files from one directory of a tree into one directory of a destination.
final class DirectoryCopier {
    /// UTIME_OMIT of utimensat(2), a macro with a cast that Swift does not import: the access time is today's.
    private static let omitted = 0x3fff_fffe

    /// The attributes of a copy.
    struct Attributes: Sendable {
        /// `nil` keeps the source's.
        var owner: FileOwner?
        var mode: (@Sendable (UInt16, Bool) -> UInt16)?
        /// Applies where `owner` is `nil`.
        var exchange: (@Sendable (FileOwner) -> FileOwner)?

        func owner(_ info: stat) -> FileOwner {
            let own = FileOwner(user: info.st_uid, group: info.st_gid)
            return owner ?? exchange?(own) ?? own
        }

        func permissions(_ record: FileRecord) -> UInt16 {
            mode?(record.permissions, record.kind == .directory) ?? record.permissions
        }
    }

    private let source: OwnedDescriptor
    private let target: OwnedDescriptor
    private let from: Int32
    private let to: Int32
    private let targetPath: TreePath
    private let attributes: Attributes
    private let creation: FileCreation
    private var content = ContentCopier()

    /// Both paths are without links.
    init(
        _ source: TreePath, of tree: SourceTree, into targetPath: TreePath, of root: DestinationRoot,
        _ attributes: Attributes
    ) throws(SystemError) {
        self.source = try tree.resolver.open(source, O_RDONLY | O_DIRECTORY)
        target = try root.resolver.open(targetPath, O_RDONLY | O_DIRECTORY)
        from = self.source.rawValue
        to = target.rawValue
        self.targetPath = targetPath
        self.attributes = attributes
        creation = try FileCreation(in: to)
    }

    /// Copies one file, link, device or FIFO. An existing file of that name in the destination is replaced.
    ///
    /// - Parameter kind: Its kind at the selection.
    /// - Throws: EISDIR when that is a directory; ENOENT when the kind has changed.
    func copy(_ name: [UInt8], as targetName: [UInt8], kind: FileRecord.Kind) throws(SystemError) {
        let (name, targetName) = (name.cName, targetName.cName)
        if kind == .regular { return try copyRegular(name, targetName) }
        var info = stat()
        try systemCall("fstatat", subject(targetName)) { fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) }
        guard FileRecord(info).kind == kind else {
            throw SystemError("fstatat", subject(targetName), .noSuchFileOrDirectory)
        }
        switch kind {
        case .symbolicLink:
            let path = try RootResolver.readLink(from, name, subject(targetName)).cName
            try create("symlinkat", targetName) { symlinkat(path, to, targetName) }
            try finish(name, targetName, info)
        case .regular, .directory, .socket: return
        case .fifo, .characterDevice, .blockDevice:
            try create("mknodat", targetName) { mknodat(to, targetName, info.st_mode & S_IFMT | 0o600, info.st_rdev) }
            try finish(name, targetName, info)
        }
    }

    /// Makes a name in the destination a hard link to an existing file.
    func link(_ first: TreePath, below root: DestinationRoot, as targetName: [UInt8]) throws(SystemError) {
        let name = targetName.cName
        let directory = try root.resolver.open(first.parent, CL_O_PATH | O_DIRECTORY)
        let (at, last) = (directory.rawValue, first.lastComponent.cName)
        try create("linkat", name) { linkat(at, last, to, name, 0) }
        _ = consume directory
    }

    /// Gives the directory the owner, permissions, attributes and time of the source.
    ///
    /// - Parameter timeOnly: For an existing directory, of which only the time is set.
    func finishDirectory(timeOnly: Bool) throws(SystemError) {
        var info = stat()
        try systemCall("fstat", targetPath.description) { fstat(from, &info) }
        if !timeOnly { try finish(from, to, info, [0x2e, 0]) }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), info.st_mtim]
        try systemCall("futimens", targetPath.description) { futimens(to, times) }
    }

    private func subject(_ name: [CChar]) -> String {
        let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return targetPath.isRoot ? text : "\(targetPath)/\(text)"
    }
}

// MARK: - One file

extension DirectoryCopier {
    private func copyRegular(_ name: [CChar], _ targetName: [CChar]) throws(SystemError) {
        let input = OwnedDescriptor(
            owning: try systemCall("openat", subject(targetName)) {
                cl_openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
            })
        let opened = input.rawValue
        var info = stat()
        try systemCall("fstat", subject(targetName)) { fstat(opened, &info) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw SystemError("openat", subject(targetName), .noSuchFileOrDirectory)
        }
        let owner = attributes.owner(info)
        let permissions = attributes.permissions(FileRecord(info))
        let isFinished = creation.gives(owner, permissions)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let output = OwnedDescriptor(
            owning: try create("openat", targetName) {
                cl_openat(to, targetName, flags, isFinished ? mode_t(permissions) : 0o600)
            })
        let made = output.rawValue
        try content.copy(opened, made, info, subject(targetName))
        if !isFinished { try setOwner(made, owner, permissions, targetName) }
        try copyAttributes(opened, made, targetName)
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), info.st_mtim]
        try systemCall("futimens", subject(targetName)) { futimens(made, times) }
        _ = consume input
        _ = consume output
    }

    /// Creates a name with `call`, and again after the removal of an existing one.
    @discardableResult
    private func create(_ call: StaticString, _ name: [CChar], _ body: () -> Int32) throws(SystemError) -> Int32 {
        let result = body()
        if result >= 0 { return result }
        let code = Errno.last
        guard code == .fileExists else { throw SystemError("\(call)", subject(name), code) }
        try systemCall("unlinkat", subject(name)) { unlinkat(to, name, 0) }
        return try systemCall(call, subject(name), body)
    }

    /// Owner, permissions and attributes of an open directory.
    private func finish(_ source: Int32, _ made: Int32, _ info: stat, _ name: [CChar]) throws(SystemError) {
        let owner = attributes.owner(info)
        try setOwner(made, owner, attributes.permissions(FileRecord(info)), name)
        try copyAttributes(source, made, name)
    }

    private func setOwner(
        _ made: Int32, _ owner: FileOwner, _ permissions: UInt16, _ name: [CChar]
    ) throws(SystemError) {
        try systemCall("fchown", subject(name)) { fchown(made, owner.user, owner.group) }
        try systemCall("fchmod", subject(name)) { fchmod(made, mode_t(permissions)) }
    }

    private func copyAttributes(_ source: Int32, _ made: Int32, _ name: [CChar]) throws(SystemError) {
        for (attribute, value) in try FileAttributes.all(of: source, subject(name)) {
            let result = value.withUnsafeBytes { fsetxattr(made, attribute, $0.baseAddress, $0.count, 0) }
            if result == 0 { continue }
            let code = Errno.last
            // The destination's file system has no place for it; the content is what counts.
            if code == .notSupported || code == .notPermitted { continue }
            throw SystemError("fsetxattr", subject(name), code)
        }
    }

    /// Owner, permissions and time of a link, device or FIFO.
    private func finish(_ name: [CChar], _ targetName: [CChar], _ info: stat) throws(SystemError) {
        let record = FileRecord(info)
        let owner = attributes.owner(info)
        try systemCall("fchownat", subject(targetName)) {
            fchownat(to, targetName, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
        }
        if record.kind != .symbolicLink {
            try systemCall("fchmodat", subject(targetName)) {
                fchmodat(to, targetName, mode_t(attributes.permissions(record)), 0)
            }
        }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), info.st_mtim]
        try systemCall("utimensat", subject(targetName)) { utimensat(to, targetName, times, AT_SYMLINK_NOFOLLOW) }
    }
}
