internal import Glibc
internal import LinuxSystem
internal import SystemPackage

extension DestinationRoot {
    /// Copies a selection, as COPY and ADD do.
    ///
    /// Source: Dockerfile reference, "COPY" and "ADD". The content of a directory goes into the destination, which
    /// keeps its attributes when it existed; directories below it get the attributes of the sources. A file goes into a
    /// destination that is a directory, else it gets its name. A file is replaced by a file or a link, never by a
    /// directory, and a directory is never replaced.
    ///
    /// - Throws: `.destinationConflict`, `.sourceUnreadable`, `.sourceMissing` for a file that was removed after the
    ///   selection, `.invalidArchive`, `.diskFull`.
    package func copy(
        _ selection: FileSelection, from tree: SourceTree, _ options: CopyOptions
    ) throws(BuildError) {
        try begin(selection, from: tree, options)?.finish(in: self)
    }

    /// The same without the last item's files in new directories, if that item is a directory.
    ///
    /// These files do not depend on existing ones: when the root is an overlay, they can be written to its upper
    /// directory after the unmount, which is faster than through the overlay. Nothing else may be copied before.
    func begin(
        _ selection: FileSelection, from tree: SourceTree, _ options: CopyOptions
    ) throws(BuildError) -> CopyRemainder? {
        var remainder: CopyRemainder?
        for item in selection.items {
            try remainder?.finish(in: self)
            let copier = SelectionCopier(
                root: self, tree: tree, options: options, isAlone: selection.items.count == 1)
            remainder = try copier.copy(item)
        }
        return remainder
    }
}

/// Files of a directory whose copies go into new directories, which exist already. It keeps no root open.
struct CopyRemainder: Sendable {
    fileprivate let tree: SourceTree
    fileprivate let options: CopyOptions
    fileprivate let item: FileSelection.Item
    /// Without links.
    fileprivate let target: TreePath
    fileprivate let pieces: [SelectionCopier.Piece]
    /// Every directory precedes its content.
    fileprivate let directories: [TreePath]

    /// - Parameter root: Where the directories are.
    func finish(in root: DestinationRoot) throws(BuildError) {
        let copier = SelectionCopier(root: root, tree: tree, options: options, isAlone: true)
        try copier.copyFiles(pieces, of: item, to: target)
        for directory in directories.reversed() { try copier.finish(directory, of: item, in: target) }
    }
}

/// Copies the items of one selection.
struct SelectionCopier {
    /// The number of files of one directory that one thread takes at a time.
    private static let filesAtOnce = 128

    let root: DestinationRoot
    let tree: SourceTree
    let options: CopyOptions
    let isAlone: Bool

    private var attributes: DirectoryCopier.Attributes {
        DirectoryCopier.Attributes(
            owner: options.owner ?? (tree.kind == .context ? .root : nil), mode: options.mode,
            exchange: options.exchange)
    }

    var destination: TreePath { TreePath(options.destination) }

    /// - Returns: The remaining files.
    func copy(_ item: FileSelection.Item) throws(BuildError) -> CopyRemainder? {
        if options.unpacksArchives, item.record.kind == .regular, try unpack(item) { return nil }
        let holder = options.isDirectory ? destination : destination.parent
        try makeDirectories(try root.place(of: holder).path)
        let place = try root.place(of: destination)
        if item.isDirectory {
            try makeDirectories(place.path)
            return try copyContent(of: item, to: place.path, isNew: place.info == nil)
        }
        try copyFile(item, to: place)
        return nil
    }

    func makeDirectories(_ path: TreePath) throws(BuildError) {
        try root.makeDirectories(path, mode: options.directoryMode, owner: options.owner ?? .root)
    }

    private func copyFile(_ item: FileSelection.Item, to place: RootResolver.Place) throws(BuildError) {
        var target = place.path
        if let info = place.info, info.st_mode & S_IFMT == S_IFDIR {
            target = target.appending(item.name)
        } else if !isAlone {
            throw BuildError(
                .destinationConflict,
                "Could not copy several files to `\(options.destination)`: that is no directory. Write a slash at its end."
            )
        }
        try makeDirectories(target.parent)
        do throws(SystemError) {
            let copier = try DirectoryCopier(item.source.parent, of: tree, into: target.parent, of: root, attributes)
            try copier.copy(
                item.source.lastComponent, as: target.lastComponent, kind: item.record.kind)
        } catch {
            throw failure(item.source, target, error)
        }
    }

    func failure(_ source: TreePath, _ target: TreePath, _ error: SystemError) -> BuildError {
        let beginning = "Could not copy `\(source)` from \(tree.name) to `/\(target)`"
        switch error.errno {
        case .isDirectory:
            return BuildError(.destinationConflict, "\(beginning): a directory is in the way.", cause: error)
        case .noSuchFileOrDirectory:
            return BuildError(.sourceMissing, "\(beginning): it has gone since the build began.", cause: error)
        case .noSpace, .diskQuotaExceeded:
            return BuildError(
                .diskFull,
                "\(beginning): the disk on which images are kept is full. Free some space there; `trice image prune` frees what no image needs.",
                cause: error)
        case .permissionDenied where error.call == "openat":
            return BuildError(.sourceUnreadable, "\(beginning): \(error.errno). Make it readable.", cause: error)
        default:
            return BuildError("copy `\(source)` from \(tree.name) to `/\(target)`", error)
        }
    }
}

// MARK: - Directories

extension SelectionCopier {
    /// Some files of one directory, by their positions in the item.
    fileprivate struct Piece: Sendable {
        var directory: TreePath
        var entries: [Int]
    }

    /// Directories first, by one thread; then files, by one thread for each processor; then files with several names,
    /// so that these stay one file; last, the attributes of directories, since every new name in them changes them.
    ///
    /// - Parameter isNew: Whether the target did not exist before.
    /// - Returns: The files in new directories, and these directories.
    private func copyContent(
        of item: FileSelection.Item, to target: TreePath, isNew: Bool
    ) throws(BuildError) -> CopyRemainder {
        var (pieces, newPieces): ([Piece], [Piece]) = ([], [])
        var linked: [Int] = []
        var (directories, newDirectories): ([TreePath], [TreePath]) = isNew ? ([], [.root]) : ([.root], [])
        var new = Set(newDirectories)
        for (number, entry) in item.entries.enumerated() {
            if entry.record.kind == .directory {
                try BuildError.checkCancellation()
                if try makeDirectory(entry.path, of: item, in: target) {
                    newDirectories.append(entry.path)
                    new.insert(entry.path)
                } else {
                    directories.append(entry.path)
                }
            } else if entry.record.linkCount > 1 {
                linked.append(number)
            } else if new.contains(entry.path.parent), entry.record.kind.isPlain {
                Self.add(number, of: entry.path.parent, to: &newPieces)
            } else {
                Self.add(number, of: entry.path.parent, to: &pieces)
            }
        }
        try copyFiles(pieces, of: item, to: target)
        try copyLinked(linked, of: item, to: target)
        for directory in directories.reversed() { try finish(directory, of: item, in: target) }
        return CopyRemainder(
            tree: tree, options: options, item: item, target: target, pieces: newPieces, directories: newDirectories)
    }

    private static func add(_ entry: Int, of directory: TreePath, to pieces: inout [Piece]) {
        if let last = pieces.last, last.directory == directory, last.entries.count < filesAtOnce {
            pieces[pieces.count - 1].entries.append(entry)
        } else {
            pieces.append(Piece(directory: directory, entries: [entry]))
        }
    }

    fileprivate func copyFiles(
        _ pieces: [Piece], of item: FileSelection.Item, to target: TreePath
    ) throws(BuildError) {
        _ = try inParallel(pieces) { (piece) throws(BuildError) in
            try BuildError.checkCancellation()
            try copy(piece, of: item, to: target)
        }
    }

    /// Only the time of the target itself changes.
    fileprivate func finish(
        _ directory: TreePath, of item: FileSelection.Item, in target: TreePath
    ) throws(BuildError) {
        try step(item, directory, target) { (copier) throws(SystemError) in
            try copier.finishDirectory(timeOnly: directory.isRoot)
        }
    }

    /// - Returns: Whether it was not there before.
    private func makeDirectory(
        _ path: TreePath, of item: FileSelection.Item, in target: TreePath
    ) throws(BuildError) -> Bool {
        let place = target.appending(path)
        let existing: stat?
        do throws(SystemError) {
            let parent = try root.resolver.open(place.parent, O_RDONLY | O_DIRECTORY)
            let (at, name) = (parent.rawValue, place.lastComponent.cName)
            if mkdirat(at, name, 0o700) == 0 { return true }
            let code = Errno.last
            guard code == .fileExists else { throw SystemError("mkdirat", place.description, code) }
            existing = try root.resolver.status(place)
            _ = consume parent
        } catch {
            throw failure(item.source.appending(path), place, error)
        }
        let kind = (existing?.st_mode ?? 0) & S_IFMT
        if kind == S_IFDIR { return false }
        let what = kind == S_IFLNK ? "a symbolic link" : "a file"
        throw BuildError(
            .destinationConflict,
            "Could not copy the directory `\(item.source.appending(path))` from \(tree.name) to `/\(place)`: \(what) is in the way."
        )
    }

    private func copy(_ piece: Piece, of item: FileSelection.Item, to target: TreePath) throws(BuildError) {
        var current = piece.directory
        try step(item, piece.directory, target, at: { current }) { (copier) throws(SystemError) in
            for number in piece.entries {
                current = item.entries[number].path
                try Cancellation.check(current.description)
                let name = current.lastComponent
                try copier.copy(name, as: name, kind: item.entries[number].record.kind)
            }
        }
    }

    private func copyLinked(_ entries: [Int], of item: FileSelection.Item, to target: TreePath) throws(BuildError) {
        var first: [UInt64: [UInt64: TreePath]] = [:]
        for number in entries {
            let entry = item.entries[number]
            let name = entry.path.lastComponent
            try step(item, entry.path.parent, target, at: { entry.path }) { (copier) throws(SystemError) in
                try Cancellation.check(entry.path.description)
                if let earlier = first[entry.record.device]?[entry.record.inode] {
                    try copier.link(earlier, below: root, as: name)
                } else {
                    try copier.copy(name, as: name, kind: entry.record.kind)
                    first[entry.record.device, default: [:]][entry.record.inode] = target.appending(entry.path)
                }
            }
        }
    }

    /// Does something in one directory of an item; a failure names the source and the target.
    private func step(
        _ item: FileSelection.Item, _ directory: TreePath, _ target: TreePath, at current: () -> TreePath? = { nil },
        _ body: (DirectoryCopier) throws(SystemError) -> Void
    ) throws(BuildError) {
        do throws(SystemError) {
            let copier = try DirectoryCopier(
                item.source.appending(directory), of: tree, into: target.appending(directory), of: root, attributes)
            try body(copier)
        } catch {
            let path = current() ?? directory
            throw failure(item.source.appending(path), target.appending(path), error)
        }
    }
}
