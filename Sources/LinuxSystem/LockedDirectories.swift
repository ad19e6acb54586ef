internal import Glibc
public import SystemPackage

/// Where unfinished work lies: `NAME/` for each piece of it and `NAME.lock`, which its process holds.
///
/// What a process that died left there is removed by the next one that clears. Any number of processes may use the
/// directory at once. The file `gate` keeps a lock's file from being taken away between its making and its locking:
/// whoever makes one holds the gate shared, whoever takes one away that others may want has it alone.
public struct LockedDirectories: Sendable {
    public typealias Removal = @Sendable (FilePath) throws(SystemError) -> Void

    private static let gateName = "gate"
    private static let lockSuffix = ".lock"

    public let directory: FilePath
    private let foreign: Set<String>
    private let removal: Removal

    /// Makes nothing yet.
    ///
    /// - Parameters:
    ///   - foreign: Names in the directory that are somebody else's.
    ///   - removal: Removes the directory of one piece of work, with what is mounted there.
    public init(
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
    public func prepare() throws(SystemError) {
        try Files.createDirectory(directory, mode: 0o700)
    }
}

// MARK: - Working

extension LockedDirectories {
    /// Begins a piece of work with a new directory of its own, for this user alone.
    public func begin() throws(SystemError) -> LockedDirectory {
        let name = "\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let path = lockPath(name)
        let begun = LockedDirectory(
            name: name, path: directory.appending(name), lockPath: path, lock: try lock(path), removal: removal)
        try Files.createDirectory(begun.path, mode: 0o700)
        return begun
    }

    /// Waits until nobody else in any process has the lock of that name; its file goes with the last who wants it.
    public func lock(named name: String) throws(SystemError) -> NamedLock {
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
    /// Removes what dead processes left; goes on after a failure. Does nothing while somebody is beginning.
    ///
    /// - Throws: The first failure.
    public func clear() throws(SystemError) {
        let failures = clear(removal, failure: { $0 }, last: nil)
        if let first = failures.first { throw first }
    }

    /// The same where a dead process left more than files.
    ///
    /// - Parameters:
    ///   - remove: Removes the directory and all that belongs to it.
    ///   - last: Runs when all are removed, while none can begin; returns what failed.
    /// - Returns: What failed.
    public func clear(with remove: (FilePath) throws -> Void, last: (() -> [any Error])? = nil) -> [any Error] {
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

/// The directory of one piece of unfinished work; whatever is still in it goes with the value.
public final class LockedDirectory: Sendable {
    /// Unlike that of any other in these directories.
    public let name: String
    public let path: FilePath
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
            // What cannot be removed now is removed by the next `clear`; a failure here has nobody to hear it.
        }
    }
}

/// A lock among all processes, let go when the value goes or the process ends.
public struct NamedLock: ~Copyable, Sendable {
    private let path: FilePath
    private let gate: FilePath
    private let lock: FileLock

    fileprivate init(path: FilePath, gate: FilePath, lock: consuming FileLock) {
        self.path = path
        self.gate = gate
        self.lock = lock
    }

    deinit {
        // Where somebody waits for it the file stays, and goes with them; after a failure, with the next `clear`.
        guard let passage = try? FileLock.attempt(gate) else { return }
        // Same.
        _ = try? Files.remove(path)
        _ = consume passage
    }
}
