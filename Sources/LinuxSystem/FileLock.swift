internal import CLinux
internal import Glibc
package import SystemPackage

/// An advisory lock on a file, released with the value or at the end of the process; flock(2).
package struct FileLock: ~Copyable, Sendable {
    /// Whether others may hold the lock too (flock(2)).
    package enum Mode: Sendable {
        case shared, exclusive
    }

    private let descriptor: OwnedDescriptor

    /// Waits for the lock; the file is created when missing.
    package init(waitingFor path: FilePath, _ mode: Mode = .exclusive) throws(SystemError) {
        let opened = try OwnedDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let fd = opened.rawValue
        try systemCall("flock", path.string) { flock(fd, mode == .shared ? LOCK_SH : LOCK_EX) }
        self.init(opened)
    }

    private init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Takes the lock; `nil` when another process or value holds it.
    package static func attempt(_ path: FilePath, _ mode: Mode = .exclusive) throws(SystemError) -> FileLock? {
        let descriptor = try OwnedDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let fd = descriptor.rawValue
        do throws(SystemError) {
            try systemCall("flock", path.string) { flock(fd, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) }
        } catch  where error.errno == .wouldBlock {
            return nil
        }
        return FileLock(descriptor)
    }
}
