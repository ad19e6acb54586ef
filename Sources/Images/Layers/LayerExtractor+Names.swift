internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The way to an entry, which the kernel resolves, and the name at its end.
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

    /// The parent directory of an entry, created when missing; valid until the next call.
    func parent(of name: EntryName) throws(ImageError) -> Int32 {
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
                "Could not unpack \(subject): the entry `\(name)` lies under a link or a file that leads to no directory of it."
            )
        }
        return try remember(parent, made, for: name)
    }

    /// `nil` when the directory does not exist.
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

    /// A link can lead from a deep directory to a deeper one, so the depth comes from the kernel.
    private func checkDepth(of directory: borrowing OwnedDescriptor, _ name: EntryName) throws(ImageError) {
        let fd = directory.rawValue
        let depth = try step(name) { () throws(SystemError) in try Self.depth(fd) }
        try budget.check(depth: depth - rootDepth, name)
    }

    /// How many directories lead to one.
    static func depth(_ fd: Int32) throws(SystemError) -> Int {
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

    /// Creates a directory. An existing directory stays. Another existing file is replaced; if the directory is only
    /// implied by an entry below it, only a whiteout is replaced.
    func makeDirectory(_ name: EntryName, at parent: Int32, isImplied: Bool) throws(ImageError) {
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

    /// Creates a name with `call`; an existing file of that name is removed first.
    @discardableResult
    func create(_ name: EntryName, at parent: Int32, _ call: () -> Int32) throws(ImageError) -> Int32 {
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

    func status(_ path: [CChar], at parent: Int32) throws(SystemError) -> stat? {
        var info = stat()
        if fstatat(parent, path, &info, AT_SYMLINK_NOFOLLOW) == 0 { return info }
        let code = Errno.last
        if code == .noSuchFileOrDirectory { return nil }
        throw SystemError("fstatat", subject, code)
    }
}
