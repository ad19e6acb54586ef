internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Prevents that other tasks and processes run the same step at the same time; flock(2).
///
/// The lock's file is removed with it, so that files do not accumulate: the holder of a lock checks whether its file
/// still has the name, and starts again if not.
final class StepLock: Sendable {
    private let path: FilePath
    private let descriptor: OwnedDescriptor

    private init(_ path: FilePath, _ descriptor: consuming OwnedDescriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // A remaining file is empty, and the next holder removes it.
        _ = try? Files.remove(path)
    }

    /// Waits without a thread, and ends when the task is cancelled.
    ///
    /// - Parameter waiting: Called once when the wait is longer than a moment.
    static func take(
        _ key: Digest, in directory: FilePath, waiting: () -> Void
    ) async throws -> StepLock {
        let path = directory.appending("\(key.hex).lock")
        var pause = Duration.milliseconds(2)
        var attempts = 0
        while true {
            if let lock = try attempt(path) { return lock }
            attempts += 1
            if attempts == 2 { waiting() }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// Removes the file of a free lock.
    static func remove(_ path: FilePath) throws(SystemError) {
        _ = try open(path)
    }

    private static func attempt(_ path: FilePath) throws(BuildError) -> StepLock? {
        try attempting("lock \(path)") { () throws(SystemError) in try open(path) }
    }

    private static func open(_ path: FilePath) throws(SystemError) -> StepLock? {
        let opened = try OwnedDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let fd = opened.rawValue
        do throws(SystemError) {
            try systemCall("flock", path.string) { flock(fd, LOCK_EX | LOCK_NB) }
        } catch  where error.errno == .wouldBlock {
            return nil
        }
        var info = stat()
        try systemCall("fstat", path.string) { fstat(fd, &info) }
        guard let named = try Files.status(path), named.inode == UInt64(info.st_ino) else { return nil }
        return StepLock(path, opened)
    }
}
