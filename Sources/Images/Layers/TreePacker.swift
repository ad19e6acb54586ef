internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Packs a directory tree into the tar of a layer: sorted, with owners, times, attributes and hard links.
///
/// The same tree gives the same bytes at any path and at any time; that includes the mode, owner and time of the root,
/// which is the first entry. Holes of sparse files are written as zeros. One thread walks the tree and writes, all
/// processors read.
struct TreePacker {
    private let tree: PackedTree
    private let tar: TarWriter

    /// So many names are read at once, in so many pieces.
    private static let batchLength = 1024
    private static let pieceLength = 64

    /// Files newer than `latest`, in seconds since 1970, get that time.
    init(root: FilePath, tar: TarWriter, form: PackedTree.Form = .plain, latest: Int64? = nil) {
        tree = PackedTree(root: root, form: form, latest: latest)
        self.tar = tar
    }

    /// Packs the whole tree. Sockets are left out: they mean nothing without their process.
    @discardableResult
    func pack() throws(ImageError) -> TreeMeasure {
        let opened = try attempting("read the directory \(tree.root)") { () throws(SystemError) in
            try OwnedDescriptor.open(tree.root, O_RDONLY | O_DIRECTORY)
        }
        let directory = opened.rawValue
        var measure = TreeMeasure()
        var first: [FileIdentity: [UInt8]] = [:]
        var batch: [PackedName] = []
        let walker = TreeWalker(root: tree.root, visitsWhiteoutsFirst: tree.form == .overlay)
        try walker.walk { (item: TreeWalker.Item) throws(ImageError) in
            let name = try name(of: item, &first)
            if !item.path.isEmpty { measure.entryCount += 1 }
            if name.earlier == nil { measure.size += name.info.contentSize }
            batch.append(name)
            if batch.count == Self.batchLength {
                try write(batch, directory)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try write(batch, directory)
        try tar.finish()
        _ = consume opened
        return measure
    }

    private func name(
        of item: TreeWalker.Item, _ first: inout [FileIdentity: [UInt8]]
    ) throws(ImageError) -> PackedName {
        if item.name.starts(with: ".wh.".utf8.map { CChar(bitPattern: $0) }) {
            throw ImageError(
                .forbiddenEntry,
                "Could not pack \(tree.shown(item.path)): in a layer a name that begins with `.wh.` means a removal.")
        }
        var name = PackedName(
            path: item.path, nameLength: item.path.isEmpty ? 0 : item.name.count - 1, info: item.info,
            isWhiteout: tree.form == .overlay && item.isWhiteout)
        let mayHaveOthers = item.info.st_nlink > 1 && item.info.st_mode & S_IFMT != S_IFDIR && !name.isWhiteout
        guard mayHaveOthers else { return name }
        let identity = FileIdentity(item.info)
        name.earlier = first[identity]
        if name.earlier == nil { first[identity] = item.path }
        return name
    }

    private func write(_ batch: [PackedName], _ directory: Int32) throws(ImageError) {
        let pieces = stride(from: 0, to: batch.count, by: Self.pieceLength).map {
            batch[$0..<min($0 + Self.pieceLength, batch.count)]
        }
        let tree = tree
        let encoded = try inParallel(pieces) { (piece: ArraySlice<PackedName>) throws(ImageError) -> [TarSegment] in
            try PieceEncoder(tree, root: directory).encode(piece)
        }
        for segment in encoded.joined() {
            switch segment {
            case .bytes(let bytes): try tar.put(bytes)
            case .file(let path, let size): try copy(path, size, below: directory)
            }
        }
    }

    private func copy(_ path: [UInt8], _ size: Int64, below directory: Int32) throws(ImageError) {
        let file = try attempting("pack \(tree.shown(path))") { () throws(SystemError) in
            try PackedTree.open(path[...], below: directory, O_RDONLY | O_NONBLOCK)
        }
        let fd = file.rawValue
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var rest = size
        while rest > 0 {
            let count = try attempting("pack \(tree.shown(path))") { () throws(SystemError) in
                try systemCall("read", tree.shown(path)) { read(fd, buffer.baseAddress, min(buffer.count, Int(rest))) }
            }
            guard count > 0 else { throw PackedTree.shortened(tree.shown(path)) }
            try tar.writeData(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            rest -= Int64(count)
        }
        try tar.pad(size)
        _ = consume file
    }
}

/// The tree to pack, and the options.
struct PackedTree: Sendable {
    /// The kind of the tree.
    enum Form: Sendable {
        /// Files as a program sees them.
        case plain
        /// An upper directory of an overlay: whiteouts and opaque directories are written in the form of image-spec
        /// layer.md.
        case overlay
    }

    let root: FilePath
    let form: Form
    /// Seconds since 1970; newer files get this time.
    let latest: Int64?

    func shown(_ path: [UInt8]) -> String {
        "\(root)/\(String(decoding: path, as: UTF8.self))"
    }

    static func shortened(_ shown: String) -> ImageError {
        ImageError(.sourceMissing, "Could not pack \(shown): it became shorter while it was read.")
    }

    /// Opens a path below a directory; no component may be a link; openat2(2).
    static func open(_ path: ArraySlice<UInt8>, below directory: Int32, _ flags: Int32) throws(SystemError)
        -> OwnedDescriptor
    {
        let terminated = path.map { CChar(bitPattern: $0) } + [0]
        return OwnedDescriptor(
            owning: try systemCall("openat2", String(decoding: path, as: UTF8.self)) {
                cl_openat2(
                    directory, terminated, UInt64(flags | O_CLOEXEC), 0, UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS))
            })
    }
}
