internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Visits a directory tree by descriptors, sorted by name, without following links and on one file system.
struct TreeWalker {
    /// One file of the tree; the descriptor is valid during the visit.
    struct Item {
        /// Relative to the root; empty for the root itself.
        var path: [UInt8]
        var parent: Int32
        /// The last component, ended by 0; `.` for the root.
        var name: [CChar]
        var info: stat

        /// Whether overlayfs hides the name in the layers below; overlayfs.rst "whiteouts and opaque directories".
        var isWhiteout: Bool { info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0 }
    }

    let root: FilePath
    /// Whether the overlayfs whiteouts of a directory are visited before its other entries.
    var visitsWhiteoutsFirst = false

    /// - Throws: the errors of `visit`, and `.systemCall` with the path.
    func walk(_ visit: (Item) throws(ImageError) -> Void) throws(ImageError) {
        let directory = try attempting("read the directory \(root)") { () throws(SystemError) in
            try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        }
        var info = stat()
        let fd = directory.rawValue
        try attempting("read the directory \(root)") { () throws(SystemError) in
            try systemCall("fstat", root.string) { fstat(fd, &info) }
        }
        try visit(Item(path: [], parent: fd, name: [0x2e, 0], info: info))
        try walk(directory, [], device: info.st_dev, visit)
    }

    private func walk(
        _ directory: borrowing OwnedDescriptor, _ path: [UInt8], device: dev_t,
        _ visit: (Item) throws(ImageError) -> Void
    ) throws(ImageError) {
        for item in try items(directory, path) {
            try visit(item)
            guard item.info.st_mode & S_IFMT == S_IFDIR, item.info.st_dev == device else { continue }
            try TreeDepth.check(item.path, shown(item.path).string)
            let opened = try attempting("read the directory \(shown(item.path))") { () throws(SystemError) in
                OwnedDescriptor(
                    owning: try systemCall("openat", shown(item.path).string) {
                        cl_openat(item.parent, item.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
                    })
            }
            try walk(opened, item.path, device: device, visit)
        }
    }

    /// The entries of a directory, in the order of the visits.
    private func items(
        _ directory: borrowing OwnedDescriptor, _ path: [UInt8]
    ) throws(ImageError) -> [Item] {
        let fd = directory.rawValue
        let names: [[UInt8]] = try attempting("read the directory \(shown(path))") { () throws(SystemError) in
            try self.names(directory, shown(path))
        }
        var items: [Item] = []
        items.reserveCapacity(names.count)
        for name in names {
            let childPath = path.isEmpty ? name : path + Array("/".utf8) + name
            let terminated = name.map { CChar(bitPattern: $0) } + [0]
            var info = stat()
            try attempting("read \(shown(childPath))") { () throws(SystemError) in
                try systemCall("fstatat", shown(childPath).string) {
                    fstatat(fd, terminated, &info, AT_SYMLINK_NOFOLLOW)
                }
            }
            items.append(Item(path: childPath, parent: fd, name: terminated, info: info))
        }
        guard visitsWhiteoutsFirst else { return items }
        return items.filter(\.isWhiteout) + items.filter { !$0.isWhiteout }
    }

    private func shown(_ path: [UInt8]) -> FilePath {
        root.appending(String(decoding: path, as: UTF8.self))
    }

    private func names(_ directory: borrowing OwnedDescriptor, _ shown: FilePath) throws(SystemError) -> [[UInt8]] {
        let copy = try directory.duplicate().release()
        guard let stream = fdopendir(copy) else {
            let code = Errno.last
            close(copy)
            throw SystemError("fdopendir", shown.string, code)
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
