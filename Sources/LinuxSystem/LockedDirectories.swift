internal import Glibc
package import SystemPackage

/// A directory of unfinished work: `NAME/` for each piece of work and `NAME.lock`, which its process holds.
///
/// The next call of `clear` in any process removes the work of a process that died. Any number of processes may use the
/// directory at once. The file `gate` prevents the removal of a lock's file between its creation and its locking: a
/// process that creates one holds the gate shared, a process that removes one that others may wait for holds it
/// exclusively.
package struct LockedDirectories: Sendable {
    /// Removes one directory with everything in it.
    package typealias Removal = @Sendable (FilePath) throws(SystemError) -> Void

    private static let gateName = "gate"
    private static let lockSuffix = ".lock"

    package let directory: FilePath
    private let foreign: Set<String>
    private let removal: Removal

    /// Creates nothing yet.
    ///
    /// - Parameters:
    ///   - foreign: Names in the directory that belong to other code.
    ///   - removal: Removes the directory of one piece of work, with the mounts in it.
    package init(
        _ directory: FilePath, foreign: Set<String> = [],
        removal: @escaping Removal = { path throws(SystemError) in try Files.removeTree(path) }
    ) {
        self.directory = directory
        self.foreign = foreign
        self.removal = removal
    }

    private var gate: FilePath { directory.appending(Self.gateName) }

    private func lockPath(_ name: String) -> FilePath { directory.appending(name + Self.lockSuffix) }

    /// Makes the directory that all lie in, for this user alone.
    package func prepare() throws(SystemError) {
        try Files.createDirectory(directory, mode: 0o700)
    }
}

// MARK: - Working

extension LockedDirectories {
    /// Begins a piece of work in a new directory that only this user can reach.
    package func begin() throws(SystemError) -> LockedDirectory {
        let name = "\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let path = lockPath(name)
        let begun = LockedDirectory(
            name: name, path: directory.appending(name), lockPath: path, lock: try lock(path), removal: removal)
        try Files.createDirectory(begun.path, mode: 0o700)
        return begun
    }

    /// Waits until no other process holds the lock of that name; the last holder removes its file.
    package func lock(named name: String) throws(SystemError) -> NamedLock {
        let path = lockPath(name)
        return NamedLock(path: path, gate: gate, lock: try lock(path))
    }

    private func lock(_ path: FilePath) throws(SystemError) -> FileLock {
        let passage = try FileLock(waitingFor: gate, .shared)
        let lock = try FileLock(waitingFor: path)
        _ = consume passage
        return lock
    }
}

// MARK: - Clearing

extension LockedDirectories {
    /// Removes the work of dead processes, and continues after a failure. Does nothing while another process begins
    /// work.
    ///
    /// - Throws: The first failure.
    package func clear() throws(SystemError) {
        let failures = clear(removal, failure: { $0 }, last: nil)
        if let first = failures.first { throw first }
    }

    /// The same for work that is more than files.
    ///
    /// - Parameters:
    ///   - remove: Removes the directory and all objects that belong to it.
    ///   - last: Runs after all removals, while no work can begin; returns the failures.
    /// - Returns: The failures.
    package func clear(with remove: (FilePath) throws -> Void, last: (() -> [any Error])? = nil) -> [any Error] {
        clear(remove, failure: { $0 }, last: last)
    }

    private func clear<Failure: Error>(
        _ remove: (FilePath) throws(Failure) -> Void, failure: (SystemError) -> Failure, last: (() -> [Failure])?
    ) -> [Failure] {
        var failures: [Failure] = []
        do throws(SystemError) {
            let names = try Files.names(in: directory).filter { $0 != Self.gateName && !foreign.contains($0) }
            guard !names.isEmpty || last != nil, let passage = try FileLock.attempt(gate) else { return [] }
            let suffix = Self.lockSuffix
            for name in Set(names.map { $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 }).sorted() {
                do throws(SystemError) {
                    guard let lock = try FileLock.attempt(lockPath(name)) else { continue }
                    var isRemoved = true
                    do throws(Failure) {
                        try remove(directory.appending(name))
                    } catch {
                        failures.append(error)
                        isRemoved = false
                    }
                    if isRemoved { try Files.remove(lockPath(name)) }
                    _ = consume lock
                } catch {
                    failures.append(failure(error))
                }
            }
            if let last { failures += last() }
            _ = consume passage
        } catch {
            failures.append(failure(error))
        }
        return failures
    }
}

/// The directory of one piece of unfinished work; it is removed with the value.
package final class LockedDirectory: Sendable {
    /// Unlike that of any other in these directories.
    package let name: String
    package let path: FilePath
    private let lockPath: FilePath
    private let lock: FileLock
    private let removal: LockedDirectories.Removal

    fileprivate init(
        name: String, path: FilePath, lockPath: FilePath, lock: consuming FileLock,
        removal: @escaping LockedDirectories.Removal
    ) {
        self.name = name
        self.path = path
        self.lockPath = lockPath
        self.lock = lock
        self.removal = removal
    }

    deinit {
        do throws(SystemError) {
            try removal(path)
            try Files.remove(lockPath)
        } catch {
            // The next `clear` removes what cannot be removed now; no caller could handle a failure here.
        }
    }
}

/// A lock between all processes, released with the value or at the end of the process.
package struct NamedLock: ~Copyable, Sendable {
    private let path: FilePath
    private let gate: FilePath
    private let lock: FileLock

    fileprivate init(path: FilePath, gate: FilePath, lock: consuming FileLock) {
        self.path = path
        self.gate = gate
        self.lock = lock
    }

    deinit {
        // While another process waits for the lock the file stays, and that process removes it; after a failure, the
        // next `clear`.
        guard let passage = try? FileLock.attempt(gate) else { return }
        // Same.
        _ = try? Files.remove(path)
        _ = consume passage
    }
}
