internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The files that the rules are about, as they were seen last, and the events about them.
///
/// A change is reported when a file differs from what was seen: many events of one file are one change, and what only
/// looked at a file is none. So lost events are found by looking at all of them again.
package struct WatchedTree: ~Copyable {
    private struct Directory {
        var watch: Int32
        var entries: [String: FileStamp] = [:]
    }

    let rules: WatchRules
    private var events: FileEvents
    private var directories: [String: Directory] = [:]
    private var paths: [Int32: String] = [:]
    var roots: [WatchedRoot]
    private var notes: [String] = []
    private var unreadable: Set<String> = []

    /// Looks at all files and begins to watch.
    ///
    /// - Throws: `WatchError` when the kernel allows no more watches.
    package static func watching(_ rules: WatchRules) throws(WatchError) -> WatchedTree {
        var tree = WatchedTree(rules, try makeEvents())
        _ = try tree.checkRoots()
        return tree
    }

    private init(_ rules: WatchRules, _ events: consuming FileEvents) {
        self.rules = rules
        self.events = events
        roots = rules.roots.map(WatchedRoot.init)
    }

    private static func makeEvents() throws(WatchError) -> FileEvents {
        do throws(SystemError) {
            return try FileEvents()
        } catch {
            throw failure(error)
        }
    }

    /// Readable when `read` has something.
    package var descriptor: Int32 { events.descriptor.rawValue }

    /// How many directories are watched.
    package var directoryCount: Int { directories.count }

    /// What the user should know, since the last call.
    package mutating func takeNotes() -> [String] {
        defer { notes = [] }
        return notes
    }

    /// What has changed since the last call.
    package mutating func read() throws(WatchError) -> Set<FileChange> {
        var changes: Set<FileChange> = []
        do throws(SystemError) {
            var touched: Set<String> = []
            var ended: Set<String> = []
            var isIncomplete = false
            while true {
                let new = try events.read()
                if new.isEmpty { break }
                for event in new {
                    if event.isOverflow { isIncomplete = true }
                    if event.isEnd {
                        if let path = paths.removeValue(forKey: event.watch) { ended.insert(path) }
                    } else if let directory = paths[event.watch], !event.name.isEmpty {
                        touched.insert(directory.child(event.name))
                    }
                }
            }
            // A directory comes before what is in it.
            for path in touched.sorted() where examine(path, &changes) { try scan(path, &changes, isDeep: false) }
            // Another directory may be there by now, even with the same inode: file systems use them again.
            for path in ended.sorted() where directories[path].map({ paths[$0.watch] != path }) == true {
                try scan(path, &changes, isDeep: true)
            }
            if isIncomplete { try rescan(&changes) }
        } catch {
            throw Self.failure(error)
        }
        return changes
    }

    private mutating func rescan(_ changes: inout Set<FileChange>) throws(SystemError) {
        notes.append("Events of files were lost; all watched files were looked at again.")
        for root in roots where root.isPresent { try scan(root.directory, &changes, isDeep: true) }
    }

    private static func failure(_ error: SystemError) -> WatchError {
        switch (error.call, error.errno) {
        case ("inotify_add_watch", .noSpace):
            return WatchError(
                "Could not watch `\(error.subject)`: the kernel allows no more watches. Name directories that need none "
                    + "under `ignore:`, or raise the limit with `sysctl fs.inotify.max_user_watches=1048576`.")
        case ("inotify_init1", .tooManyOpenFiles):
            return WatchError(
                "Could not watch files: too many programs do already. Raise the limit with `sysctl "
                    + "fs.inotify.max_user_instances=1024`.")
        default: return WatchError("Could not watch files: \(error)")
        }
    }
}

// MARK: - Roots

extension WatchedTree {
    /// Looks whether the watched paths are what they were; one that came back, or that is another directory now, is
    /// looked through.
    package mutating func checkRoots() throws(WatchError) -> Set<FileChange> {
        var changes: Set<FileChange> = []
        for index in roots.indices {
            let before = roots[index]
            roots[index].look()
            let root = roots[index]
            if root.isSame(as: before) { continue }
            guard root.isPresent else {
                notes.append("`\(root.path)` is not there; what was copied of it stays until it is.")
                continue
            }
            if before.wasSeen, !before.isPresent { notes.append("`\(root.path)` is there again.") }
            do throws(SystemError) {
                try scan(root.directory, &changes, isDeep: true)
            } catch {
                throw Self.failure(error)
            }
            changes.formUnion(root.withheld)
            roots[index].withheld = []
        }
        return changes
    }

    /// Without the changes below a watched path that has gone: they are reported when it is back.
    package mutating func withholding(_ changes: [FileChange]) -> [FileChange] {
        guard roots.contains(where: { !$0.isPresent }) else { return changes }
        return changes.filter { change in
            let gone = roots.firstIndex { !$0.isPresent && change.path.relative(to: $0.path) != nil }
            if let gone { roots[gone].withheld.insert(change) }
            return gone == nil
        }
    }

    /// Whether a watched path is missing at present.
    package var isIncomplete: Bool { roots.contains { !$0.isPresent } }
}

// MARK: - Files

extension WatchedTree {
    /// Compares what is at a path with what was seen there.
    ///
    /// - Returns: whether it is a directory that is to be looked through.
    private mutating func examine(
        _ path: String, _ changes: inout Set<FileChange>, isDeep: Bool = false
    ) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        guard let known = directories[parent] else { return false }
        let (old, new) = (known.entries[name], FileStamp(path))
        guard let new else {
            guard let old else { return false }
            directories[parent]?.entries[name] = nil
            if old.isDirectory { forget(path, &changes) }
            report(path, old, &changes)
            return false
        }
        if new.isDirectory {
            guard rules.mayConcern(below: path) else { return false }
            directories[parent]?.entries[name] = new
            if let old, !old.isDirectory { report(path, old, &changes) }
            if new != old { report(path, new, &changes) }
            let isWatched = directories[path].map { paths[$0.watch] == path } == true
            let isKnown = isWatched && old.map { new.isSameFile(as: $0) } == true
            return isDeep || !isKnown
        }
        if let old, old.isDirectory {
            forget(path, &changes)
            report(path, old, &changes)
        }
        guard !new.isSocket, rules.concern(path) else {
            directories[parent]?.entries[name] = nil
            return false
        }
        directories[parent]?.entries[name] = new
        if new != old { report(path, new, &changes) }
        return false
    }

    private func report(_ path: String, _ stamp: FileStamp, _ changes: inout Set<FileChange>) {
        if rules.concern(path) { changes.insert(FileChange(path, isDirectory: stamp.isDirectory)) }
    }

    /// Watches a directory and all below it, and reports what is not as it was seen.
    ///
    /// Each is watched before it is read, so that nothing is missed in between.
    ///
    /// - Parameter isDeep: whether directories that are known are looked through as well.
    private mutating func scan(
        _ path: String, _ changes: inout Set<FileChange>, isDeep: Bool
    ) throws(SystemError) {
        var open = [path]
        while let directory = open.popLast() {
            guard try watch(directory) else { continue }
            let names: Set<String>
            do throws(SystemError) {
                names = Set(try Files.names(in: FilePath(directory)))
            } catch {
                noteUnreadable(directory, error)
                continue
            }
            let gone = directories[directory]?.entries.keys.filter { !names.contains($0) } ?? []
            for name in gone { _ = examine(directory.child(name), &changes) }
            for name in names.sorted() {
                let child = directory.child(name)
                if examine(child, &changes, isDeep: isDeep) { open.append(child) }
            }
        }
    }

    /// - Returns: `false` for a directory that has gone meanwhile, or that may not be read.
    private mutating func watch(_ directory: String) throws(SystemError) -> Bool {
        let number: Int32
        do throws(SystemError) {
            number = try events.add(directory, followingLink: roots.contains { $0.directory == directory })
        } catch {
            guard error.errno != .noSpace, error.errno != .noMemory else { throw error }
            noteUnreadable(directory, error)
            return false
        }
        if let old = directories[directory]?.watch, old != number, paths[old] == directory {
            paths[old] = nil
            events.remove(old)
        }
        directories[directory, default: Directory(watch: number)].watch = number
        paths[number] = directory
        return true
    }

    private mutating func noteUnreadable(_ directory: String, _ error: SystemError) {
        if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return }
        guard unreadable.insert(directory).inserted else { return }
        notes.append("`\(directory)` is not watched: \(error.errno).")
    }

    /// Reports all that was seen below a directory that has gone.
    private mutating func forget(_ path: String, _ changes: inout Set<FileChange>) {
        var open = [path]
        while let directory = open.popLast() {
            guard let known = directories.removeValue(forKey: directory) else { continue }
            // The same directory may have another path by now, and is watched there under the same number.
            if paths[known.watch] == directory {
                paths[known.watch] = nil
                events.remove(known.watch)
            }
            for (name, stamp) in known.entries {
                let child = directory.child(name)
                report(child, stamp, &changes)
                if stamp.isDirectory { open.append(child) }
            }
        }
    }
}

extension WatchedTree {
    /// All files and directories that were seen and that a rule is about.
    package var files: [FileChange] {
        directories.flatMap { directory, known in
            known.entries.compactMap { name, stamp in
                let path = directory.child(name)
                return rules.concern(path) ? FileChange(path, isDirectory: stamp.isDirectory) : nil
            }
        }
    }
}
