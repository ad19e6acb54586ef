import Foundation
import Glibc
import Synchronization

/// A directory that belongs to one test, with a name that is unique on this machine.
///
/// It lies in the directory that `TMPDIR` names, otherwise in `/tmp`. The actions that a test registers with `onCleanUp`
/// run before the directory goes, last first. Both happen in `cleanUp`, at the latest when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// The name alone: `tt` and seven hexadecimal digits, short enough for paths of sockets.
    package let id: String
    /// The absolute path.
    package let path: String
    private let actions = Mutex<[@Sendable () throws -> Void]?>([])

    /// - Parameters:
    ///   - parent: Where it lies instead, such as `/dev/shm` for very many files.
    ///   - mode: The mode of the directory, whatever the umask is.
    package init(in parent: String = TemporaryDirectory.parent, mode: UInt32 = 0o700) throws {
        for _ in 0..<100 {
            let id = "tt" + String(UInt32.random(in: 0..<0x1000_0000) | 0x1000_0000, radix: 16).dropFirst()
            let path = "\(parent)/\(id)"
            if mkdir(path, 0o700) == 0 {
                chmod(path, mode)
                self.id = id
                self.path = path
                return
            }
            guard errno == EEXIST else { break }
        }
        throw TestError("cannot make a directory in \(parent): \(TestError.reason())")
    }

    deinit {
        do {
            try cleanUp()
        } catch {
            FileHandle.standardError.write(Data("cleaning up \(path): \(error)\n".utf8))
        }
    }

    /// Where temporary directories lie: `TMPDIR` without a slash at its end, otherwise `/tmp`.
    package static var parent: String {
        var path = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
        while path.hasSuffix("/") { path.removeLast() }
        return path.isEmpty ? "/tmp" : path
    }

    /// Registers what must happen at the end, before everything that was registered earlier.
    package func onCleanUp(_ body: @escaping @Sendable () throws -> Void) {
        actions.withLock { $0?.append(body) }
    }

    /// Runs all registered actions, continues when one fails, and removes the directory. A second call does nothing.
    /// - Throws: The first failure, after everything else was tried.
    package func cleanUp() throws {
        var first: (any Error)?
        while let action = actions.withLock({ $0?.popLast() }) {
            do { try action() } catch { first = first ?? error }
        }
        let isFirstCall = actions.withLock { actions in
            defer { actions = nil }
            return actions != nil
        }
        if isFirstCall {
            do { try removeTree() } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    /// Removes the tree. Mounts inside are unmounted first, so nothing outside the directory can be deleted.
    private func removeTree() throws {
        let mounts = try HostSnapshot.mountPoints().filter { $0 == path || $0.hasPrefix(path + "/") }
        for mount in mounts.reversed() { umount2(mount, Int32(MNT_DETACH)) }
        let left = mounts.isEmpty ? [] : try HostSnapshot.mountPoints().filter { $0.hasPrefix(path + "/") }
        guard left.isEmpty else { throw TestError("these mounts could not be removed: \(left)") }
        if rmdir(path) == 0 || errno == ENOENT { return }
        let removal = Command("rm", ["-rf", "--one-file-system", path])
        // The agent of a user's namespaces is there for another moment.
        if UserRun.isOn, try !removal.run().succeeded { UserRun.waitForTheEndOfNamespaces() }
        let output = try removal.run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    /// Writes a file below the directory and makes the directories above it.
    /// - Returns: The absolute path of the file.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws -> String {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        chmod(file.path(percentEncoded: false), mode)
        return file.path(percentEncoded: false)
    }

    /// The text of a file below the directory.
    package func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self)
    }
}
