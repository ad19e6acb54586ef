internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A copy of a directory tree, made by one thread for each processor.
///
/// One thread lists the tree and creates its directories; the others copy pieces of one directory each. Files with
/// several names follow, and the attributes of directories come last, since every new name in a directory changes them.
/// Files that are removed during the copy are left out.
struct TreeCopy: Sendable {
    let source: FilePath
    let target: FilePath
    /// Whose owners the copies have in place of those of the source; `nil` keeps them.
    let identity: KeptIdentity?

    /// Names of one directory that are copied together.
    private static let pieceLength = 256

    init(from source: FilePath, to target: FilePath, for identity: KeptIdentity? = nil) {
        self.source = source
        self.target = target
        self.identity = identity
    }

    /// A directory of the source, relative to its root: empty for the root itself.
    struct Directory: Sendable {
        var path: [CChar]
        var info: stat
    }

    /// Some names in a directory, without those of directories.
    struct Piece: Sendable {
        var directory: [CChar]
        var names: [[CChar]]
    }

    /// The result of a piece.
    struct Outcome: Sendable {
        var measure = TreeMeasure()
        /// Names of files that have several names.
        var linked: [[CChar]] = []
    }

    /// Copies the tree; `target` must not exist.
    func copy() throws(ImageError) -> TreeMeasure {
        var directories: [Directory] = []
        var pieces: [Piece] = []
        try list(&directories, &pieces)
        let owner = CopiedOwner.current()
        let outcomes = try inParallel(pieces) { (piece: Piece) throws(ImageError) -> Outcome in
            guard let copier = try FileCopier(self, piece.directory, owner) else { return Outcome() }
            for name in piece.names { try copier.copy(name) }
            return copier.outcome
        }
        var measure = TreeMeasure(size: 0, entryCount: directories.count - 1)
        for outcome in outcomes { measure.add(outcome.measure) }
        measure.add(try copyLinked(zip(pieces, outcomes).map { ($0.directory, $1.linked) }, owner))
        for directory in directories.reversed() {
            guard let copier = try FileCopier(self, directory.path, owner) else { continue }
            try copier.finishDirectory(directory.info)
        }
        return measure
    }

    /// Copies files that have several names: the first name with the content, the others as links to it.
    private func copyLinked(
        _ lists: [(directory: [CChar], names: [[CChar]])], _ owner: CopiedOwner
    ) throws(ImageError) -> TreeMeasure {
        var measure = TreeMeasure()
        var first: [FileIdentity: [CChar]] = [:]
        for (directory, names) in lists where !names.isEmpty {
            guard let copier = try FileCopier(self, directory, owner) else { continue }
            for name in names { try copier.copy(name, linkedBy: &first) }
            measure.add(copier.outcome.measure)
        }
        return measure
    }
}

// MARK: - Listing

extension TreeCopy {
    /// Lists the tree without recursion: a container can nest directories deeper than a stack of calls.
    private func list(_ directories: inout [Directory], _ pieces: inout [Piece]) throws(ImageError) {
        try attempting("copy \(source)") { () throws(SystemError) in
            try Files.createDirectory(target, mode: 0o700)
        }
        var pending: [(path: [CChar], depth: Int)] = [([], 0)]
        while let (path, depth) = pending.popLast() {
            try TreeDepth.check(depth, shown(path))
            let children = try attempting("copy \(shown(path))") { () throws(SystemError) in
                try list(path, &directories, &pieces)
            }
            pending += children.map { ($0, depth + 1) }
        }
    }

    /// Lists one directory, and creates the copies of those in it.
    ///
    /// - Returns: the paths of the directories in it.
    private func list(
        _ path: [CChar], _ directories: inout [Directory], _ pieces: inout [Piece]
    ) throws(SystemError) -> [[CChar]] {
        let from: OwnedDescriptor
        do throws(SystemError) {
            from = try FileCopier.open(path, below: source)
        } catch  where error.errno == .noSuchFileOrDirectory && !path.isEmpty {
            return []
        }
        let to = try FileCopier.open(path, below: target)
        let (source, target) = (from.rawValue, to.rawValue)
        var info = stat()
        try systemCall("fstat", shown(path)) { fstat(source, &info) }
        directories.append(Directory(path: path, info: info))
        var names: [[CChar]] = []
        var children: [[CChar]] = []
        for entry in try DirectoryNames.of(source, shown(path)) {
            guard entry.kind == .directory else {
                names.append(entry.name)
                if names.count == Self.pieceLength {
                    pieces.append(Piece(directory: path, names: names))
                    names = []
                }
                continue
            }
            try systemCall("mkdirat", shown(path)) { mkdirat(target, entry.name, 0o700) }
            children.append(path.isEmpty ? entry.name : path.dropLast() + [CChar(bitPattern: 0x2f)] + entry.name)
        }
        if !names.isEmpty { pieces.append(Piece(directory: path, names: names)) }
        return children
    }

    /// A path in the source for messages.
    func shown(_ path: [CChar]) -> String {
        "\(source)/\(String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))"
    }
}

extension TreeMeasure {
    mutating func add(_ other: TreeMeasure) {
        size += other.size
        entryCount += other.entryCount
    }
}
