internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Packs a directory tree into the tar of a layer: sorted, with owners, times, attributes and hard links.
///
/// The same tree gives the same bytes wherever it lies and whenever it is packed; that includes the root's own mode,
/// owner and time, which are the first entry. Holes of sparse files are written as zeros.
struct TreePacker {
    /// What the tree is.
    enum Form {
        /// Files as a program sees them.
        case plain
        /// An overlay's directory: whiteouts and opaque directories become what image-spec layer.md says of them.
        case overlay
    }

    let root: FilePath
    let tar: TarWriter
    var form = Form.plain
    /// Seconds since 1970; what is newer gets this time.
    var latest: Int64?
    private let attributes = AttributeReader()

    init(root: FilePath, tar: TarWriter, form: Form = .plain, latest: Int64? = nil) {
        self.root = root
        self.tar = tar
        self.form = form
        self.latest = latest
    }

    /// Packs the whole tree. Sockets are left out: they mean nothing without their process.
    @discardableResult
    func pack() throws(ImageError) -> TreeMeasure {
        var measure = TreeMeasure()
        var first: [FileIdentity: [UInt8]] = [:]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { buffer.deallocate() }
        let walker = TreeWalker(root: root, visitsWhiteoutsFirst: form == .overlay)
        try walker.walk { (item: TreeWalker.Item) throws(ImageError) in
            if !item.path.isEmpty { measure.entryCount += 1 }
            if item.name.starts(with: ".wh.".utf8.map { CChar(bitPattern: $0) }) {
                throw ImageError(
                    .forbiddenEntry,
                    "Could not pack \(shown(item)): in a layer a name that begins with '.wh.' means a removal.")
            }
            if form == .overlay && item.isWhiteout {
                return try tar.write(Self.marker(Array(".wh.".utf8), in: item.path, above: item.name))
            }
            let identity = FileIdentity(item.info)
            let kind = item.info.st_mode & S_IFMT
            let earlier = kind == S_IFDIR || item.info.st_nlink < 2 ? nil : first[identity]
            guard var entry = try entry(of: item, linkedTo: earlier) else { return }
            let isOpaque = try takeOverlayAttributes(from: &entry, of: item)
            try tar.write(entry)
            if isOpaque {
                let name = item.path.isEmpty ? [] : item.path + Array("/".utf8)
                try tar.write(TarEntry(name: name + Array(".wh..wh..opq".utf8), kind: .file(size: 0), mode: 0))
            }
            if earlier == nil && item.info.st_nlink > 1 { first[identity] = item.path }
            if case .file(let size) = entry.kind {
                measure.size += size
                try packData(of: item, size, buffer)
            }
        }
        try tar.finish()
        return measure
    }

    private func shown(_ item: TreeWalker.Item) -> FilePath {
        root.appending(String(decoding: item.path, as: UTF8.self))
    }

    /// The entry that stands for a whiteout. It says nothing of owner, mode and time: overlayfs keeps none.
    private static func marker(_ prefix: [UInt8], in path: [UInt8], above name: [CChar]) -> TarEntry {
        let length = name.count - 1
        let marked = path.dropLast(length) + prefix + path.suffix(length)
        return TarEntry(name: Array(marked), kind: .file(size: 0), mode: 0)
    }

    /// Takes overlayfs's own attributes out of an entry; the result is whether its directory is opaque.
    private func takeOverlayAttributes(
        from entry: inout TarEntry, of item: TreeWalker.Item
    ) throws(ImageError) -> Bool {
        let overlay = entry.attributes.filter { OverlayAttribute.suffix($0.name) != nil }
        entry.attributes.removeAll { OverlayAttribute.suffix($0.name) != nil || Self.isOfHost($0.name) }
        guard form == .overlay else { return false }
        if let strange = overlay.first(where: { OverlayLeftovers.isForbidden($0.name) }) {
            throw OverlayLeftovers.failure(strange.name, at: shown(item))
        }
        return overlay.contains {
            OverlayAttribute.suffix($0.name) == OverlayAttribute.opaque && $0.value == Array("y".utf8)
        }
    }

    /// Labels and signatures that are this machine's and not the file's.
    private static func isOfHost(_ attribute: String) -> Bool {
        ["security.selinux", "security.ima", "security.evm"].contains(attribute)
    }

    /// `nil` for what cannot be in a tar.
    private func entry(
        of item: TreeWalker.Item, linkedTo earlier: [UInt8]?
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
        case S_IFLNK: kind = .symbolicLink(target: try target(of: item))
        case S_IFIFO: kind = .fifo
        case S_IFCHR: kind = .characterDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        case S_IFBLK: kind = .blockDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        default: return nil
        }
        var entry = TarEntry(
            name: name, kind: kind, mode: info.st_mode & 0o7777, user: info.st_uid, group: info.st_gid,
            seconds: Int64(info.st_mtim.tv_sec), nanoseconds: Int64(info.st_mtim.tv_nsec))
        if let latest, entry.seconds >= latest {
            entry.seconds = latest
            entry.nanoseconds = 0
        }
        if earlier == nil {
            entry.attributes = try attempting("read the attributes of \(shown(item))") { () throws(SystemError) in
                try attributes.all(in: item.parent, item.name, shown(item).string)
            }
        }
        return entry
    }

    private func target(of item: TreeWalker.Item) throws(ImageError) -> [UInt8] {
        let shown = shown(item)
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try attempting("read the link \(shown)") { () throws(SystemError) in
            try systemCall("readlink", shown.string) { readlinkat(item.parent, item.name, &text, text.count) }
        }
        return text[..<length].map { UInt8(bitPattern: $0) }
    }

    private func packData(
        of item: TreeWalker.Item, _ size: Int64, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let shown = shown(item)
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
