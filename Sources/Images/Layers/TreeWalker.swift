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
    }

    let root: FilePath

    /// - Throws: whatever `visit` throws, and `.systemCall` with the path.
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
        let fd = directory.rawValue
        let shown = root.appending(String(decoding: path, as: UTF8.self))
        for name in try attempting(
            "read the directory \(shown)", { () throws(SystemError) in try names(directory, shown) })
        {
            let childPath = path.isEmpty ? name : path + Array("/".utf8) + name
            let child = root.appending(String(decoding: childPath, as: UTF8.self))
            let terminated = name.map { CChar(bitPattern: $0) } + [0]
            var info = stat()
            try attempting("read \(child)") { () throws(SystemError) in
                try systemCall("fstatat", child.string) { fstatat(fd, terminated, &info, AT_SYMLINK_NOFOLLOW) }
            }
            try visit(Item(path: childPath, parent: fd, name: terminated, info: info))
            guard info.st_mode & S_IFMT == S_IFDIR, info.st_dev == device else { continue }
            let opened = try attempting("read the directory \(child)") { () throws(SystemError) in
                OwnedDescriptor(
                    owning: try systemCall("openat", child.string) {
                        cl_openat(fd, terminated, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
                    })
            }
            try walk(opened, childPath, device: device, visit)
        }
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
