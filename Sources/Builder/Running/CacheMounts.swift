internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import OCI
package import SystemPackage

/// The directories of `RUN --mount=type=cache`, which outlive every build.
///
/// `KEY/0`, `KEY/1`, … are the copies of one cache, each with a lock beside it: many steps share the first, one that
/// wants it locked waits until it is alone, and a private one takes the first copy that nobody uses. `KEY/id` is what the
/// cache is called, and its time that of the last use. Any number of processes may use the directory.
package struct CacheMounts: Sendable {
    private static let gateName = "gate"
    private static let nameFile = "id"
    private static let makingLock = "making.lock"

    let directory: FilePath

    package init(_ directory: FilePath) throws(BuildError) {
        self.directory = directory
        try attempting("make \(directory)") { () throws(SystemError) in
            try Files.createDirectory(directory, mode: 0o700)
        }
    }

    private var gate: FilePath { directory.appending(Self.gateName) }

    /// One cache, with all its copies.
    package struct Entry: Sendable, Hashable {
        /// Its directory's name, for `remove`.
        package var key: String
        /// As the Dockerfile calls it.
        package var id: String
        package var copies: Int
        /// Of all files in all copies, in bytes.
        package var size: Int64
        /// In seconds since 1970.
        package var lastUse: Int64
    }
}

// MARK: - Using

extension CacheMounts {
    /// What tells one cache from another: its id, what it began with, and whose it is.
    static func key(_ mount: RunMount.Cache, seed: MountSource?) -> String {
        var parts = [mount.id]
        if !mount.permissions.isDefault {
            parts.append("\(mount.permissions.mode) \(mount.permissions.uid) \(mount.permissions.gid)")
        }
        if let seed { parts.append("\(seed.identity)\u{0}\(mount.source)") }
        return Digest.hexadecimal(Digester.hash(of: parts.joined(separator: "\u{0}\u{0}").utf8).prefix(16))
    }

    /// Takes a copy of a cache for one step, waiting where the sharing wants that.
    ///
    /// - Parameter fill: puts the first contents into a new copy.
    /// - Throws: `.cancelled` while it waits.
    func lease(
        _ mount: RunMount.Cache, key: String, _ interruption: Interruption,
        fill: (FilePath) throws(BuildError) -> Void
    ) throws(BuildError) -> CacheLease {
        var number = 0
        while true {
            if let lease = try attempt(mount, key: key, number, fill) { return lease }
            if mount.sharing == .private {
                number += 1
            } else {
                try interruption.check("the cache `\(mount.id)`", within: 20)
            }
        }
    }

    /// `nil` when another step has the copy in a way that shuts this one out.
    private func attempt(
        _ mount: RunMount.Cache, key: String, _ number: Int, _ fill: (FilePath) throws(BuildError) -> Void
    ) throws(BuildError) -> CacheLease? {
        let cache = directory.appending(key)
        let lockPath = cache.appending("\(number).lock")
        let name = "use the cache `\(mount.id)`"
        let lock: FileLock?
        let passage = try attempting(name) { () throws(SystemError) in try FileLock(waitingFor: gate, .shared) }
        do throws(SystemError) {
            try Files.createDirectory(cache, mode: 0o700)
            try Files.write(mount.id.utf8, to: cache.appending(Self.nameFile), mode: 0o600)
            lock = try FileLock.attempt(lockPath, mount.sharing == .shared ? .shared : .exclusive)
        } catch {
            throw BuildError(name, error)
        }
        _ = consume passage
        guard let lock else { return nil }
        let lease = CacheLease(path: cache.appending("\(number)"), lock: lock)
        try make(lease.path, mount, fill)
        return lease
    }

    /// Makes a copy that is not there. What a dead process made only half of is made anew.
    private func make(
        _ path: FilePath, _ mount: RunMount.Cache, _ fill: (FilePath) throws(BuildError) -> Void
    ) throws(BuildError) {
        if Files.exists(path) { return }
        let name = "make the cache `\(mount.id)`"
        let making = try attempting(name) { () throws(SystemError) in
            try FileLock(waitingFor: path.removingLastComponent().appending(Self.makingLock))
        }
        // Somebody may have made it while we waited.
        if Files.exists(path) { return }
        let unfinished = FilePath("\(path).new")
        try attempting(name) { () throws(SystemError) in
            try Files.removeTree(unfinished)
            try Files.createDirectory(unfinished, mode: 0o755)
        }
        try fill(unfinished)
        try attempting(name) { () throws(SystemError) in
            let permissions = mount.permissions
            try Files.changeOwner(unfinished, user: permissions.uid, group: permissions.gid)
            try systemCall("chmod", unfinished.string) {
                unfinished.withPlatformString { chmod($0, mode_t(permissions.mode)) }
            }
            try Files.rename(unfinished, to: path)
        }
        _ = consume making
    }
}

/// One copy of a cache, held until the value goes.
final class CacheLease: Sendable {
    let path: FilePath
    private let lock: FileLock

    fileprivate init(path: FilePath, lock: consuming FileLock) {
        self.path = path
        self.lock = lock
    }
}

// MARK: - Keeping house

extension CacheMounts {
    /// All caches, in the order of their ids.
    package func list() throws(BuildError) -> [Entry] {
        var entries: [Entry] = []
        try attempting("list the caches in \(directory)") { () throws(SystemError) in
            for key in try Files.names(in: directory) where key != Self.gateName {
                if let entry = try entry(key) { entries.append(entry) }
            }
        }
        return entries.sorted { ($0.id, $0.key) < ($1.id, $1.key) }
    }

    private func entry(_ key: String) throws(SystemError) -> Entry? {
        let cache = directory.appending(key)
        let nameFile = cache.appending(Self.nameFile)
        guard let id = try Files.text(nameFile) else { return nil }
        var info = stat()
        try systemCall("stat", nameFile.string) { nameFile.withPlatformString { stat($0, &info) } }
        var entry = Entry(key: key, id: id, copies: 0, size: 0, lastUse: Int64(info.st_mtim.tv_sec))
        for name in try Files.names(in: cache) where Int(name) != nil {
            entry.copies += 1
            entry.size += try Self.size(of: cache.appending(name))
        }
        return entry
    }

    private static func size(of path: FilePath) throws(SystemError) -> Int64 {
        let root = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        let resolver = RootResolver(root: root.rawValue)
        var total: Int64 = 0
        var waiting = [TreePath.root]
        while let directory = waiting.popLast() {
            let listing: DirectoryListing
            do throws(SystemError) {
                listing = try DirectoryListing(reading: directory, below: resolver) { _, _ in .included }
            } catch  where error.errno == .noSuchFileOrDirectory {
                // A step that uses the cache has just removed it.
                continue
            }
            for entry in listing.entries {
                switch entry.record.kind {
                case .directory: waiting.append(directory.appending(listing.name(of: entry)))
                case .regular: total += entry.record.size
                default: continue
                }
            }
        }
        _ = consume root
        return total
    }

    /// Removes a cache with all its copies.
    ///
    /// - Returns: `false` when a step uses it, and then nothing is removed.
    @discardableResult
    package func remove(_ key: String) throws(BuildError) -> Bool {
        let cache = directory.appending(key)
        return try attempting("remove the cache \(cache)") { () throws(SystemError) in
            // While the gate is shut nobody begins to use it.
            let passage = try FileLock(waitingFor: gate)
            for name in try Files.names(in: cache) where name.hasSuffix(".lock") {
                guard let lock = try FileLock.attempt(cache.appending(name)) else { return false }
                _ = consume lock
            }
            try Files.removeTree(cache)
            _ = consume passage
            return true
        }
    }
}
