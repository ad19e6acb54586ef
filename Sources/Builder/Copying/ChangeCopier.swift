internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Paths of a tree that changed, and the directory of a destination that mirrors it.
package struct TreeChanges: Sendable {
    /// Relative to the tree, each once.
    package var paths: [TreePath]
    /// The counterpart of the tree's root, absolute in the destination.
    package var target: String
    /// The counterpart's name of a path that has another one; only for a single file.
    package var targetName: String?
    /// The owner of all that is created.
    package var owner: FileOwner

    package init(paths: [TreePath], target: String, targetName: String? = nil, owner: FileOwner) {
        self.paths = paths
        self.target = target
        self.targetName = targetName
        self.owner = owner
    }
}

extension DestinationRoot {
    /// Makes each path as it is in the tree now: a file is copied with its mode and time, a directory created, and what
    /// the tree no longer has is removed.
    ///
    /// A directory is removed when nothing is left in it: what was not copied from the tree stays.
    ///
    /// - Throws: `.destinationConflict` when a directory with other files is in the way of a file, `.sourceUnreadable`,
    ///   `.diskFull`, `.cancelled`.
    package func apply(_ changes: TreeChanges, from tree: SourceTree) throws(BuildError) {
        try ChangeCopier(root: self, tree: tree, changes: changes).run()
    }
}

private struct ChangeCopier {
    /// The number of files that one thread takes at a time.
    private static let filesAtOnce = 64

    /// Files of one directory.
    private struct Piece: Sendable {
        var directory: TreePath
        var files: [(path: TreePath, kind: FileRecord.Kind)] = []
    }

    let root: DestinationRoot
    let tree: SourceTree
    let changes: TreeChanges

    private var selection: SelectionCopier {
        SelectionCopier(
            root: root, tree: tree, options: CopyOptions(destination: changes.target, owner: changes.owner),
            isAlone: true)
    }

    func run() throws(BuildError) {
        var gone: [TreePath] = []
        var directories: [TreePath] = []
        var pieces: [Piece] = []
        for path in changes.paths.sorted() {
            switch try kind(path) {
            case nil: gone.append(path)
            case .directory?: directories.append(path)
            case .socket?: continue
            case .some(let kind):
                if pieces.last?.directory != path.parent || pieces.last?.files.count == Self.filesAtOnce {
                    pieces.append(Piece(directory: path.parent))
                }
                pieces[pieces.count - 1].files.append((path, kind))
            }
        }
        // What is in a directory comes before itself.
        for path in gone.reversed() { try remove(path) }
        for path in directories { try create(path) }
        // One after the other: threads that make the same directory at once disturb each other.
        var made: Set<TreePath> = []
        for piece in pieces where made.insert(piece.directory).inserted {
            if let first = piece.files.first { try selection.makeDirectories(try place(first.path).directory.path) }
        }
        _ = try inParallel(pieces) { (piece) throws(BuildError) in
            try BuildError.checkCancellation()
            try copy(piece)
        }
    }

    /// `nil` when nothing is there.
    private func kind(_ path: TreePath) throws(BuildError) -> FileRecord.Kind? {
        do throws(SystemError) {
            return try tree.resolver.status(path).map { FileRecord($0).kind }
        } catch  where error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
            return nil
        } catch {
            throw BuildError("read `\(path)` in \(tree.name)", error)
        }
    }

    /// The counterpart's directory with links followed, and its name in it.
    private func place(
        _ path: TreePath
    ) throws(BuildError) -> (directory: RootResolver.Place, name: [UInt8]) {
        let whole = TreePath(changes.target).appending(path.parent)
        let name = changes.targetName.map { Array($0.utf8) } ?? path.lastComponent
        return (try root.place(of: whole), name)
    }

    private func remove(_ path: TreePath) throws(BuildError) {
        guard !path.isRoot else { return }
        let (directory, name) = try place(path)
        guard directory.info != nil else { return }
        do throws(SystemError) {
            try unlink(name, in: directory.path)
        } catch {
            throw BuildError("remove `/\(directory.path.appending(name))`", error)
        }
    }

    private func unlink(_ name: [UInt8], in directory: TreePath) throws(SystemError) {
        let parent: OwnedDescriptor
        do throws(SystemError) {
            parent = try root.resolver.open(directory, CL_O_PATH | O_DIRECTORY)
        } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
            return
        }
        let (at, name) = (parent.rawValue, name.cName)
        for flags in [0, AT_REMOVEDIR] {
            if unlinkat(at, name, flags) == 0 { break }
            let code = Errno.last
            switch code {
            case .noSuchFileOrDirectory, .directoryNotEmpty, .fileExists, .notDirectory: break
            case .isDirectory where flags == 0, .notPermitted where flags == 0: continue
            default: throw SystemError("unlinkat", directory.description, code)
            }
            break
        }
        _ = consume parent
    }

    /// A directory that is there already gets only the permissions.
    private func create(_ path: TreePath) throws(BuildError) {
        if path.isRoot { return try selection.makeDirectories(try root.place(of: TreePath(changes.target)).path) }
        let (directory, name) = try place(path)
        try selection.makeDirectories(directory.path)
        let target = directory.path.appending(name)
        do throws(SystemError) {
            if let info = try root.resolver.status(target), info.st_mode & S_IFMT != S_IFDIR {
                // A link to a directory serves as one.
                if info.st_mode & S_IFMT == S_IFLNK, try isDirectory(target) { return }
                try unlink(name, in: directory.path)
            }
        } catch {
            throw BuildError("create `/\(target)`", error)
        }
        try selection.makeDirectories(target)
        do throws(SystemError) {
            guard let info = try tree.resolver.status(path) else { return }
            let made = try root.resolver.open(target, O_RDONLY | O_DIRECTORY)
            let fd = made.rawValue
            try systemCall("fchmod", target.description) { fchmod(fd, mode_t(FileRecord(info).permissions)) }
            _ = consume made
        } catch {
            throw BuildError("create `/\(target)`", error)
        }
    }

    private func isDirectory(_ path: TreePath) throws(SystemError) -> Bool {
        (try root.resolver.resolve(path).info?.st_mode ?? 0) & S_IFMT == S_IFDIR
    }

    private func copy(_ piece: Piece) throws(BuildError) {
        guard let first = piece.files.first else { return }
        let (directory, _) = try place(first.path)
        var current = first.path
        do throws(SystemError) {
            let copier = try DirectoryCopier(
                piece.directory, of: tree, into: directory.path, of: root, .init(owner: changes.owner, mode: nil))
            for (path, kind) in piece.files {
                current = path
                try copy(path, kind, copier, in: directory.path)
            }
        } catch {
            throw selection.failure(current, directory.path.appending(current.lastComponent), error)
        }
    }

    private func copy(
        _ path: TreePath, _ kind: FileRecord.Kind, _ copier: DirectoryCopier, in directory: TreePath
    ) throws(SystemError) {
        let source = path.lastComponent
        let name = changes.targetName.map { Array($0.utf8) } ?? source
        do throws(SystemError) {
            try copier.copy(source, as: name, kind: kind)
        } catch  where error.errno == .isDirectory {
            // A directory that became a file: what came from the tree is removed already.
            try unlink(name, in: directory)
            try copier.copy(source, as: name, kind: kind)
        } catch  where error.errno == .noSuchFileOrDirectory {
            // It has gone since: another change, which is on its way, says so.
            return
        }
    }
}
