internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Packs a directory tree into the tar of a layer: sorted, with owners, times, attributes and hard links.
struct TreePacker {
    let root: FilePath
    let tar: TarWriter

    /// What two names of one file have in common.
    private struct Identity: Hashable {
        var device: dev_t
        var inode: ino_t
    }

    /// Packs the whole tree. Sockets are left out: they mean nothing without their process.
    func pack() throws(ImageError) {
        var first: [Identity: [UInt8]] = [:]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { buffer.deallocate() }
        try TreeWalker(root: root).walk { (item: TreeWalker.Item) throws(ImageError) in
            let shown = root.appending(String(decoding: item.path, as: UTF8.self))
            if item.name.starts(with: ".wh.".utf8.map { CChar(bitPattern: $0) }) {
                throw ImageError(
                    .forbiddenEntry,
                    "Could not pack \(shown): in a layer a name that begins with '.wh.' means a removal.")
            }
            let identity = Identity(device: item.info.st_dev, inode: item.info.st_ino)
            let kind = item.info.st_mode & S_IFMT
            let earlier = kind == S_IFDIR || item.info.st_nlink < 2 ? nil : first[identity]
            guard let entry = try entry(of: item, linkedTo: earlier, shown) else { return }
            try tar.write(entry)
            if earlier == nil { first[identity] = item.path }
            if case .file(let size) = entry.kind { try packData(of: item, size, buffer, shown) }
        }
        try tar.finish()
    }

    /// `nil` for what cannot be in a tar.
    private func entry(
        of item: TreeWalker.Item, linkedTo earlier: [UInt8]?, _ shown: FilePath
    ) throws(ImageError) -> TarEntry? {
        let info = item.info
        let kind: TarEntry.Kind
        var name = item.path
        switch info.st_mode & S_IFMT {
        case _ where earlier != nil: kind = .hardLink(target: earlier ?? [])
        case S_IFREG: kind = .file(size: Int64(info.st_size))
        case S_IFDIR:
            kind = .directory
            name = name.isEmpty ? Array("./".utf8) : name + Array("/".utf8)
        case S_IFLNK: kind = .symbolicLink(target: try target(of: item, shown))
        case S_IFIFO: kind = .fifo
        case S_IFCHR: kind = .characterDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        case S_IFBLK: kind = .blockDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        default: return nil
        }
        var entry = TarEntry(
            name: name, kind: kind, mode: info.st_mode & 0o7777, user: info.st_uid, group: info.st_gid,
            seconds: Int64(info.st_mtim.tv_sec), nanoseconds: Int64(info.st_mtim.tv_nsec))
        if earlier == nil {
            entry.attributes = try attempting("read the attributes of \(shown)") { () throws(SystemError) in
                try ExtendedAttributes.all(in: item.parent, item.name, shown.string)
            }.filter { !$0.name.hasPrefix("trusted.overlay.") && !$0.name.hasPrefix("user.overlay.") }
        }
        return entry
    }

    private func target(of item: TreeWalker.Item, _ shown: FilePath) throws(ImageError) -> [UInt8] {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try attempting("read the link \(shown)") { () throws(SystemError) in
            try systemCall("readlink", shown.string) { readlinkat(item.parent, item.name, &text, text.count) }
        }
        return text[..<length].map { UInt8(bitPattern: $0) }
    }

    private func packData(
        of item: TreeWalker.Item, _ size: Int64, _ buffer: UnsafeMutableRawBufferPointer, _ shown: FilePath
    ) throws(ImageError) {
        let file = try attempting("read \(shown)") { () throws(SystemError) in
            OwnedDescriptor(
                owning: try systemCall("openat", shown.string) {
                    cl_openat(item.parent, item.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
                })
        }
        let fd = file.rawValue
        var rest = size
        while rest > 0 {
            let count = try attempting("read \(shown)") { () throws(SystemError) in
                try systemCall("read", shown.string) { read(fd, buffer.baseAddress, min(buffer.count, Int(rest))) }
            }
            guard count > 0 else {
                throw ImageError(.sourceMissing, "Could not pack \(shown): it became shorter while it was read.")
            }
            try tar.writeData(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            rest -= Int64(count)
        }
        try tar.pad(size)
        _ = consume file
    }
}
