internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Where steps work; what a process that died left there is unmounted and removed by the next build that needs it.
struct WorkArea: Sendable {
    let directory: FilePath

    private var gate: FilePath { directory.appending("gate") }
    /// One file for each step that is being done.
    var locks: FilePath { directory.appending("locks") }

    init(_ directory: FilePath) {
        self.directory = directory
    }

    /// Makes a directory of one's own and clears away what is nobody's.
    func begin() throws(BuildError) -> WorkDirectory {
        try attempting("make a directory for a build in \(directory)") { () throws(SystemError) in
            try Files.createDirectory(locks, mode: 0o700)
            try clear()
            let name = "\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
            let path = directory.appending(name)
            // Without the gate somebody's `clear` could take the lock's file away before it is locked.
            let passage = try FileLock(waitingFor: gate, .shared)
            let lockPath = directory.appending("\(name).lock")
            let lock = try FileLock(waitingFor: lockPath)
            _ = consume passage
            let work = WorkDirectory(path, lockPath, lock)
            try Files.createDirectory(path, mode: 0o700)
            return work
        }
    }

    /// Clears away what is nobody's.
    func removeLeftovers() throws(BuildError) {
        try attempting("remove what an earlier build left in \(directory)") { () throws(SystemError) in
            try clear()
            for name in try Files.exists(locks) ? Files.names(in: locks) : [] {
                try StepLock.remove(locks.appending(name))
            }
        }
    }

    private func clear() throws(SystemError) {
        let names = try Files.names(in: directory).filter { $0 != "gate" && $0 != "locks" }
        guard !names.isEmpty, let passage = try FileLock.attempt(gate) else { return }
        for base in Set(names.map { $0.hasSuffix(".lock") ? String($0.dropLast(5)) : $0 }) {
            let lockPath = directory.appending("\(base).lock")
            guard let lock = try FileLock.attempt(lockPath) else { continue }
            try WorkDirectory.remove(directory.appending(base))
            try Files.remove(lockPath)
            _ = consume lock
        }
        _ = consume passage
    }
}

/// A directory for unfinished work; everything that is mounted and stored in it goes with it.
final class WorkDirectory: Sendable {
    let path: FilePath
    private let lockPath: FilePath
    private let lock: FileLock

    fileprivate init(_ path: FilePath, _ lockPath: FilePath, _ lock: consuming FileLock) {
        self.path = path
        self.lockPath = lockPath
        self.lock = lock
    }

    deinit {
        // What cannot be removed now is removed by the next build; a failure here has nobody to hear it.
        try? Self.remove(path)
        // Same.
        _ = try? Files.remove(lockPath)
    }

    /// A new directory in it.
    func makeDirectory(_ purpose: String) throws(BuildError) -> FilePath {
        let made = path.appending("\(purpose)-\(UInt64.random(in: 0...UInt64.max))")
        try attempting("make \(made)") { () throws(SystemError) in try Files.createDirectory(made, mode: 0o700) }
        return made
    }

    /// Unmounts all that is mounted at and below a path, then removes it.
    static func remove(_ path: FilePath) throws(SystemError) {
        for point in try Mounts.list(below: path).reversed() { try Mounts.unmount(point, isLazy: true) }
        try Files.removeTree(path)
    }
}
