internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Where unfinished work lies; what a process that died left there is cleared away by the next one.
struct IngestDirectory: Sendable {
    let directory: FilePath

    init(_ directory: FilePath) throws(SystemError) {
        self.directory = directory
        try Files.createDirectory(directory, mode: 0o700)
    }

    private var gate: FilePath { directory.appending(StorePaths.ingestGate) }

    /// Begins a piece of work with a directory of its own.
    func begin() throws(SystemError) -> Ingest {
        let name = "\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let path = directory.appending(name)
        let lockPath = directory.appending("\(name).lock")
        let lock = try lock(lockPath)
        let ingest = Ingest(path: path, lockPath: lockPath, lock: lock)
        try Files.createDirectory(path, mode: 0o700)
        return ingest
    }

    /// Waits until nobody else in any process has the lock of that name.
    func lock(named name: String) throws(SystemError) -> FileLock {
        try lock(directory.appending("\(name).lock"))
    }

    /// The gate keeps `clear` from taking the lock file away between its making and its locking.
    private func lock(_ path: FilePath) throws(SystemError) -> FileLock {
        let passage = try FileLock(waitingFor: gate, .shared)
        let lock = try FileLock(waitingFor: path)
        _ = consume passage
        return lock
    }

    /// Removes what dead processes left; does nothing while somebody is beginning.
    func clear() throws(SystemError) {
        let names = try Files.names(in: directory)
        guard names.contains(where: { $0 != StorePaths.ingestGate }) else { return }
        guard let passage = try FileLock.attempt(gate) else { return }
        for name in names where name != StorePaths.ingestGate {
            let isLock = name.hasSuffix(".lock")
            let base = isLock ? String(name.dropLast(5)) : name
            let lockPath = directory.appending("\(base).lock")
            guard let lock = try FileLock.attempt(lockPath) else { continue }
            try Files.removeTree(directory.appending(base))
            try Files.remove(lockPath)
            _ = consume lock
        }
        _ = consume passage
    }
}

/// One piece of unfinished work; whatever is still in its directory goes with it.
final class Ingest: Sendable {
    let path: FilePath
    private let lockPath: FilePath
    private let lock: FileLock

    fileprivate init(path: FilePath, lockPath: FilePath, lock: consuming FileLock) {
        self.path = path
        self.lockPath = lockPath
        self.lock = lock
    }

    deinit {
        // What cannot be removed now is removed by the next `clear`; a failure here has nobody to hear it.
        try? Files.removeTree(path)
        // Same.
        _ = try? Files.remove(lockPath)
    }
}
