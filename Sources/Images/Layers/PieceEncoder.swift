internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// One name of a tree that is to be packed.
struct PackedName: Sendable {
    /// Relative to the root; empty for the root itself.
    var path: [UInt8]
    var nameLength: Int
    var info: stat
    /// An earlier name of the same file.
    var earlier: [UInt8]?
    /// Whether the name is a whiteout.
    var isWhiteout: Bool

    /// The path of its directory; empty for the root.
    var directory: ArraySlice<UInt8> { path.dropLast(nameLength + 1) }

    /// The last component for the kernel, ended by 0; `.` for the root.
    var name: [CChar] {
        path.isEmpty ? [0x2e, 0] : path.suffix(nameLength).map { CChar(bitPattern: $0) } + [0]
    }
}

/// A part of a tar.
enum TarSegment: Sendable {
    case bytes([UInt8])
    /// The content of a file that is too large to be held, by its path; its padding follows.
    case file(path: [UInt8], size: Int64)
}

/// Encodes names of a tree one after the other, with the content of small files.
final class PieceEncoder {
    /// The writer of the tar copies larger files.
    private static let heldSize = 1 << 16

    private let tree: PackedTree
    private let root: Int32
    private let attributes = AttributeReader()
    private var folder: (path: ArraySlice<UInt8>, descriptor: Folder)?
    private var segments: [TarSegment] = []
    private var bytes: [UInt8] = []

    /// `root` is the open root of the tree.
    init(_ tree: PackedTree, root: Int32) {
        self.tree = tree
        self.root = root
    }

    func encode(_ names: some Sequence<PackedName>) throws(ImageError) -> [TarSegment] {
        for name in names { try encode(name) }
        if !bytes.isEmpty { segments.append(.bytes(bytes)) }
        return segments
    }

    private func encode(_ name: PackedName) throws(ImageError) {
        if name.isWhiteout {
            // Without owner, mode and time: overlayfs keeps none for a whiteout.
            let marked = name.path.dropLast(name.nameLength) + Array(".wh.".utf8) + name.path.suffix(name.nameLength)
            return TarEncoding.append(TarEntry(name: Array(marked), kind: .file(size: 0), mode: 0), to: &bytes)
        }
        if name.earlier == nil && name.info.st_mode & S_IFMT == S_IFREG { return try encodeFile(name) }
        guard var entry = try entry(for: name) else { return }
        var isOpaque = false
        if name.earlier == nil {
            let directory = try directory(of: name)
            entry.attributes = try step(name) { () throws(SystemError) in
                try attributes.all(in: directory, name.name, shown(name))
            }
            isOpaque = try takeOverlayAttributes(from: &entry, of: name)
        }
        TarEncoding.append(entry, to: &bytes)
        if isOpaque {
            let below = name.path.isEmpty ? [] : name.path + Array("/".utf8)
            let marker = TarEntry(name: below + Array(".wh..wh..opq".utf8), kind: .file(size: 0), mode: 0)
            TarEncoding.append(marker, to: &bytes)
        }
    }

    /// The entry without extended attributes; `nil` for a file that a tar cannot contain.
    private func entry(for name: PackedName) throws(ImageError) -> TarEntry? {
        let info = name.info
        let kind: TarEntry.Kind
        var path = name.path
        switch info.st_mode & S_IFMT {
        case _ where name.earlier != nil: kind = .hardLink(target: name.earlier ?? [])
        case S_IFREG: kind = .file(size: Int64(info.st_size))
        case S_IFDIR:
            kind = .directory
            path = path.isEmpty ? Array("./".utf8) : path + Array("/".utf8)
        case S_IFLNK: kind = .symbolicLink(target: try target(of: name))
        case S_IFIFO: kind = .fifo
        case S_IFCHR: kind = .characterDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        case S_IFBLK: kind = .blockDevice(major: cl_major(info.st_rdev), minor: cl_minor(info.st_rdev))
        default: return nil
        }
        var entry = TarEntry(
            name: path, kind: kind, mode: info.st_mode & 0o7777, user: info.st_uid, group: info.st_gid,
            seconds: Int64(info.st_mtim.tv_sec), nanoseconds: Int64(info.st_mtim.tv_nsec))
        if let latest = tree.latest, entry.seconds >= latest {
            entry.seconds = latest
            entry.nanoseconds = 0
        }
        return entry
    }

    private func target(of name: PackedName) throws(ImageError) -> [UInt8] {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let directory = try directory(of: name)
        let length = try step(name) { () throws(SystemError) in
            try systemCall("readlink", shown(name)) { readlinkat(directory, name.name, &text, text.count) }
        }
        return text[..<length].map { UInt8(bitPattern: $0) }
    }

    private func encodeFile(_ name: PackedName) throws(ImageError) {
        guard var entry = try entry(for: name) else { return }
        let directory = try directory(of: name)
        let file = try step(name) { () throws(SystemError) in
            OwnedDescriptor(
                owning: try systemCall("openat", shown(name)) {
                    cl_openat(directory, name.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
                })
        }
        let fd = file.rawValue
        entry.attributes = try step(name) { () throws(SystemError) in try attributes.all(of: fd, shown(name)) }
        _ = try takeOverlayAttributes(from: &entry, of: name)
        TarEncoding.append(entry, to: &bytes)
        let size = Int(name.info.st_size)
        guard size <= Self.heldSize else {
            segments.append(.bytes(bytes))
            bytes = []
            segments.append(.file(path: name.path, size: Int64(size)))
            return
        }
        try append(fd, size, name)
        bytes += repeatElement(0, count: TarEncoding.padding(after: Int64(size)))
        _ = consume file
    }

    /// Adds the content of a small file.
    private func append(_ file: Int32, _ size: Int, _ name: PackedName) throws(ImageError) {
        let start = bytes.count
        bytes += repeatElement(0, count: size)
        var filled = 0
        while filled < size {
            let count = try step(name) { () throws(SystemError) in
                try systemCall("read", shown(name)) {
                    bytes.withUnsafeMutableBytes {
                        read(file, $0.baseAddress?.advanced(by: start + filled), size - filled)
                    }
                }
            }
            guard count > 0 else { throw PackedTree.shortened(shown(name)) }
            filled += count
        }
    }
}

// MARK: - Places and attributes

extension PieceEncoder {
    private func shown(_ name: PackedName) -> String { tree.shown(name.path) }

    private func step<Result: ~Copyable>(
        _ name: PackedName, _ body: () throws(SystemError) -> Result
    ) throws(ImageError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw ImageError("pack \(shown(name))", error)
        }
    }

    /// The open parent directory of a name; names are ordered by directory.
    private func directory(of name: PackedName) throws(ImageError) -> Int32 {
        let path = name.directory
        if path.isEmpty { return root }
        if let folder, folder.path == path { return folder.descriptor.number }
        let opened = try step(name) { () throws(SystemError) in
            try PackedTree.open(path, below: root, O_RDONLY | O_DIRECTORY)
        }
        let descriptor = Folder(opened)
        folder = (path, descriptor)
        return descriptor.number
    }

    /// Removes overlayfs's attributes from an entry; returns whether its directory is opaque.
    private func takeOverlayAttributes(from entry: inout TarEntry, of name: PackedName) throws(ImageError) -> Bool {
        if entry.attributes.isEmpty { return false }
        let overlay = entry.attributes.filter { OverlayAttribute.suffix($0.name) != nil }
        entry.attributes.removeAll { OverlayAttribute.suffix($0.name) != nil || Self.isOfHost($0.name) }
        guard tree.form == .overlay else { return false }
        if let strange = overlay.first(where: { OverlayLeftovers.isForbidden($0.name) }) {
            throw OverlayLeftovers.failure(strange.name, at: FilePath(shown(name)))
        }
        return overlay.contains {
            OverlayAttribute.suffix($0.name) == OverlayAttribute.opaque && $0.value == Array("y".utf8)
        }
    }

    /// Labels and signatures that are this machine's and not the file's.
    private static func isOfHost(_ attribute: String) -> Bool {
        ["security.selinux", "security.ima", "security.evm"].contains(attribute)
    }
}
