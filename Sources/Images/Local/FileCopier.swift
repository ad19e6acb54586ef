internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The owner and mode of a new file of this process before any change.
struct CopiedOwner: Sendable {
    var user: uid_t
    var group: gid_t
    /// The bits of a mode that this process's files do not get; umask(2).
    var mask: mode_t

    static func current() -> CopiedOwner {
        CopiedOwner(user: geteuid(), group: getegid(), mask: ProcessFacts.creationMask)
    }
}

/// Copies files from one directory into one other.
final class FileCopier {
    private static let bufferSize = 1 << 17
    /// UTIME_OMIT of utimensat(2), a macro with a cast that Swift does not import: the access time is today's.
    private static let omitted = 0x3fff_fffe

    private let tree: TreeCopy
    private let directory: [CChar]
    private let owner: CopiedOwner
    private let source: OwnedDescriptor
    private let target: OwnedDescriptor
    private let from: Int32
    private let to: Int32
    private let attributes = AttributeReader()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 4096)
    private(set) var outcome = TreeCopy.Outcome()

    /// `nil` when the source's directory has been removed.
    init?(_ tree: TreeCopy, _ directory: [CChar], _ owner: CopiedOwner) throws(ImageError) {
        self.tree = tree
        self.directory = directory
        self.owner = owner
        do throws(SystemError) {
            source = try Self.open(directory, below: tree.source)
            target = try Self.open(directory, below: tree.target)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw ImageError("copy \(tree.shown(directory))", error)
        }
        from = source.rawValue
        to = target.rawValue
    }

    deinit {
        buffer.deallocate()
    }

    /// No component may be a link: other programs use the tree during the copy.
    static func open(_ path: [CChar], below root: FilePath) throws(SystemError) -> OwnedDescriptor {
        let opened = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        if path.isEmpty { return opened }
        let fd = opened.rawValue
        return OwnedDescriptor(
            owning: try systemCall("openat2", root.string) {
                cl_openat2(
                    fd, path, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0,
                    UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS))
            })
    }

    /// Copies one file, link, device, FIFO or socket; one with several names is only noted.
    func copy(_ name: [CChar]) throws(ImageError) {
        var info = stat()
        do throws(SystemError) {
            try systemCall("fstatat", subject(name)) { fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) }
            let isWhiteout = info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0
            // Overlayfs makes whiteouts as links to one file that it keeps.
            if info.st_nlink > 1 && !isWhiteout {
                outcome.linked.append(name)
                return
            }
            try copy(name, info)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        } catch {
            throw ImageError("copy \(subject(name))", error)
        }
    }

    /// Copies a file with several names, or links to the copy of another of them.
    func copy(_ name: [CChar], linkedBy first: inout [FileIdentity: [CChar]]) throws(ImageError) {
        var info = stat()
        do throws(SystemError) {
            try systemCall("fstatat", subject(name)) { fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) }
            if let earlier = first[FileIdentity(info)] {
                let path = tree.target.string + "/"
                try systemCall("linkat", subject(name)) {
                    linkat(AT_FDCWD, Array(path.utf8CString.dropLast()) + earlier, to, name, 0)
                }
                outcome.measure.entryCount += 1
                return
            }
            try copy(name, info)
            first[FileIdentity(info)] =
                directory.isEmpty ? name : directory.dropLast() + [CChar(bitPattern: 0x2f)] + name
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        } catch {
            throw ImageError("copy \(subject(name))", error)
        }
    }

    private func subject(_ name: [CChar]) -> String {
        tree.shown(directory.isEmpty ? name : directory.dropLast() + [CChar(bitPattern: 0x2f)] + name)
    }
}

// MARK: - By type

extension FileCopier {
    private func copy(_ name: [CChar], _ info: stat) throws(SystemError) {
        switch info.st_mode & S_IFMT {
        case S_IFREG: try copyRegular(name)
        case S_IFLNK: try copyLink(name, info)
        case S_IFDIR: return
        default:
            try systemCall("mknodat", subject(name)) { mknodat(to, name, info.st_mode, info.st_rdev) }
            let isWhiteout = info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0
            if !isWhiteout {
                try systemCall("fchmodat", subject(name)) { fchmodat(to, name, info.st_mode & 0o7777, 0) }
            }
            try finish(name, info)
        }
        outcome.measure.entryCount += 1
    }

    private func copyLink(_ name: [CChar], _ info: stat) throws(SystemError) {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        try systemCall("readlinkat", subject(name)) { readlinkat(from, name, &path, path.count - 1) }
        try systemCall("symlinkat", subject(name)) { symlinkat(path, to, name) }
        try finish(name, info)
    }

    /// Sets owner, attributes and time of special files and links.
    private func finish(_ name: [CChar], _ info: stat) throws(SystemError) {
        let wanted = tree.identity.owner(info)
        if wanted.user != owner.user || wanted.group != owner.group {
            try systemCall("fchownat", subject(name)) {
                fchownat(to, name, wanted.user, wanted.group, AT_SYMLINK_NOFOLLOW)
            }
        }
        for attribute in try attributes.all(in: from, name, subject(name)) where Self.isKept(attribute.name) {
            try ExtendedAttributes.set(attribute.name, attribute.value, in: to, name, subject(name))
        }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), info.st_mtim]
        try systemCall("utimensat", subject(name)) { utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) }
    }

    private func copyRegular(_ name: [CChar]) throws(SystemError) {
        let opened = cl_openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
        guard opened >= 0 else {
            let code = Errno.last
            // Another file has taken its name.
            if code == .tooManySymbolicLinkLevels || code == .noSuchAddressOrDevice { return }
            throw SystemError("openat", subject(name), code)
        }
        let input = OwnedDescriptor(owning: opened)
        var info = stat()
        try systemCall("fstat", subject(name)) { fstat(opened, &info) }
        guard info.st_mode & S_IFMT == S_IFREG else { return }
        let made = try systemCall("openat", subject(name)) {
            cl_openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, info.st_mode & 0o777)
        }
        let output = OwnedDescriptor(owning: made)
        try copyData(opened, made, Int(info.st_size), isSparse: info.st_blocks * 512 < info.st_size, name)
        try finish(opened, made, info, name)
        outcome.measure.size += Int64(info.st_size)
        _ = consume input
        _ = consume output
    }

    /// Owner, mode, attributes and time of an open file or directory.
    private func finish(_ source: Int32, _ made: Int32, _ info: stat, _ name: [CChar]) throws(SystemError) {
        var isOwned = true
        let wanted = tree.identity.owner(info)
        if wanted.user != owner.user || wanted.group != owner.group {
            try systemCall("fchown", subject(name)) { fchown(made, wanted.user, wanted.group) }
            isOwned = false
        }
        let mode = info.st_mode & 0o7777
        if mode & 0o7000 != 0 || mode & owner.mask != 0 || !isOwned || info.st_mode & S_IFMT == S_IFDIR {
            try systemCall("fchmod", subject(name)) { fchmod(made, mode) }
        }
        for attribute in try attributes.all(of: source, subject(name)) where Self.isKept(attribute.name) {
            try ExtendedAttributes.set(attribute.name, attribute.value, of: made, subject(name))
        }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), info.st_mtim]
        try systemCall("futimens", subject(name)) { futimens(made, times) }
    }

    /// Gives the copied directory the attributes that the original had when it was listed.
    func finishDirectory(_ info: stat) throws(ImageError) {
        do throws(SystemError) {
            try finish(from, to, info, [0x2e, 0])
        } catch {
            throw ImageError("copy \(tree.shown(directory))", error)
        }
    }

    /// Overlayfs's hints mean something to the mount they are from only.
    private static func isKept(_ attribute: String) -> Bool {
        OverlayAttribute.suffix(attribute).map { $0 == OverlayAttribute.opaque } ?? true
    }
}

// MARK: - Content

extension FileCopier {
    private func copyData(_ input: Int32, _ output: Int32, _ size: Int, isSparse: Bool, _ name: [CChar])
        throws(SystemError)
    {
        if isSparse {
            return try copySparsely(input, output, size, name)
        }
        var rest = size
        // One call for larger files: the file system shares the blocks where it supports that.
        while rest > Self.bufferSize {
            let count = cl_copy_file_range(input, output, rest)
            if count <= 0 { break }
            rest -= count
        }
        while rest > 0 {
            let count = try read(input, name)
            if count == 0 { return }
            try write(output, count, name)
            rest -= count
        }
    }

    /// Skips blocks of zeros.
    private func copySparsely(_ input: Int32, _ output: Int32, _ size: Int, _ name: [CChar]) throws(SystemError) {
        var position = 0
        while position < size {
            let count = try read(input, name)
            if count == 0 { break }
            if isZero(count) {
                try systemCall("lseek", subject(name)) { lseek(output, off_t(count), SEEK_CUR) }
            } else {
                try write(output, count, name)
            }
            position += count
        }
        try systemCall("ftruncate", subject(name)) { ftruncate(output, off_t(size)) }
    }

    /// Whether the first `count` bytes of the buffer are zero: the first is, and each is as the one before it.
    private func isZero(_ count: Int) -> Bool {
        guard let start = buffer.baseAddress, buffer[0] == 0 else { return false }
        return memcmp(start, start + 1, count - 1) == 0
    }

    private func read(_ input: Int32, _ name: [CChar]) throws(SystemError) -> Int {
        try systemCall("read", subject(name)) { Glibc.read(input, buffer.baseAddress, buffer.count) }
    }

    private func write(_ output: Int32, _ count: Int, _ name: [CChar]) throws(SystemError) {
        var written = 0
        while written < count {
            written += try systemCall("write", subject(name)) {
                Glibc.write(output, buffer.baseAddress?.advanced(by: written), count - written)
            }
        }
    }
}
