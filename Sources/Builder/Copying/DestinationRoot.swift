internal import CLinux
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The owner of a file, by number.
package struct FileOwner: Sendable, Hashable {
    package var user: UInt32
    package var group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    package static let root = FileOwner(user: 0, group: 0)
}

/// The root directory that COPY and ADD write below: a mounted overlay, or a directory that becomes a layer.
///
/// Links in it are followed as if it were `/`; nothing outside of it is ever touched.
package final class DestinationRoot: Sendable {
    let directory: FilePath
    private let root: OwnedDescriptor

    /// - Throws: `.systemCall` when it cannot be opened.
    package init(_ directory: FilePath) throws(BuildError) {
        self.directory = directory
        root = try attempting("open \(directory)") { () throws(SystemError) in
            try OwnedDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
        }
    }

    var resolver: RootResolver { RootResolver(root: root.rawValue) }

    /// The target of a path, following a link at its end, too.
    func place(of path: TreePath) throws(BuildError) -> RootResolver.Place {
        do throws(SystemError) {
            return try resolver.resolve(path)
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Creates a directory and those above it; an existing directory does not change.
    ///
    /// - Parameter path: Without links.
    /// - Throws: `.destinationConflict` when a file has that path.
    func makeDirectories(_ path: TreePath, mode: UInt16, owner: FileOwner) throws(BuildError) {
        do throws(SystemError) {
            if let info = try resolver.status(path) {
                guard info.st_mode & S_IFMT == S_IFDIR else {
                    throw SystemError("mkdir", path.description, .notDirectory)
                }
                return
            }
        } catch {
            throw Self.failure(path, error)
        }
        try makeDirectories(path.parent, mode: mode, owner: owner)
        do throws(SystemError) {
            let parent = try resolver.open(path.parent, CL_O_PATH | O_DIRECTORY)
            let (at, name) = (parent.rawValue, path.lastComponent.cName)
            try systemCall("mkdirat", path.description) { mkdirat(at, name, 0o700) }
            let made = try resolver.open(path, O_RDONLY | O_DIRECTORY)
            let fd = made.rawValue
            try systemCall("fchown", path.description) { fchown(fd, owner.user, owner.group) }
            try systemCall("fchmod", path.description) { fchmod(fd, mode_t(mode)) }
            _ = consume parent
            _ = consume made
        } catch {
            throw Self.failure(path, error)
        }
    }

    static func failure(_ path: TreePath, _ error: SystemError) -> BuildError {
        guard error.errno == .notDirectory else { return BuildError("write `/\(path)`", error) }
        return BuildError(
            .destinationConflict, "Could not make the directory `/\(path)`: a file is in the way.", cause: error)
    }
}
