internal import CLinux
internal import Glibc
internal import SystemPackage

/// One walk of `Files.removeTree`, by directory descriptors so that no path can be swapped underneath it.
///
/// The walk does not recurse and holds one descriptor besides the parent's, so a tree of any depth can be removed: it
/// climbs by `..` and compares the inode that it arrives at. A name is its bytes, ended by 0: it need not be UTF-8.
struct TreeRemoval {
    /// A directory on the way from the root of the tree to the current one.
    private struct Level {
        /// The directory's name in its parent.
        var name: [CChar]
        var inode: UInt64
        /// The entries that are still to be removed.
        var children: [[CChar]]
        /// Whether an entry could not be removed, so that the directory stays as well.
        var stays = false
    }

    private enum Removed {
        case gone, directory
    }

    /// The file system that the walk does not leave.
    private let device: UInt64
    /// The path of the tree in messages.
    private let shown: FilePath
    private var levels: [Level] = []
    private var firstFailure: SystemError?

    init(device: UInt64, shown: FilePath) {
        self.device = device
        self.shown = shown
    }

    /// Removes the directory `name` of `parent` and its whole tree.
    ///
    /// - Throws: the first failure, after an attempt for every other entry.
    mutating func remove(_ name: [CChar], in parent: borrowing OwnedDescriptor) throws(SystemError) {
        guard try unlink(name, in: parent) == .directory else { return }
        var current = try enter(name, in: parent)
        while !levels.isEmpty {
            if let child = levels[levels.count - 1].children.popLast() {
                do throws(SystemError) {
                    if try unlink(child, in: current) == .directory { current = try enter(child, in: current) }
                } catch {
                    fail(error)
                }
                continue
            }
            let level = levels.removeLast()
            guard let above = levels.last else {
                if !level.stays { try removeDirectory(level.name, in: parent) }
                break
            }
            current = try climb(from: current, to: above)
            do throws(SystemError) {
                if level.stays {
                    levels[levels.count - 1].stays = true
                } else {
                    try removeDirectory(level.name, in: current)
                }
            } catch {
                fail(error)
            }
        }
        if let firstFailure { throw firstFailure }
    }

    private mutating func fail(_ error: SystemError) {
        firstFailure = firstFailure ?? error
        levels[levels.count - 1].stays = true
    }

    private func unlink(_ name: [CChar], in directory: borrowing OwnedDescriptor) throws(SystemError) -> Removed {
        if unlinkat(directory.rawValue, name, 0) == 0 { return .gone }
        let code = Errno.last
        if code == .noSuchFileOrDirectory { return .gone }
        guard code == .isDirectory || code == .notPermitted else { throw SystemError("unlink", path(of: name), code) }
        return .directory
    }

    private mutating func enter(
        _ name: [CChar], in directory: borrowing OwnedDescriptor
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = cl_openat(directory.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard raw >= 0 else { throw SystemError("unlink", path(of: name), Errno.last) }
        let opened = OwnedDescriptor(owning: raw)
        let info = try status(of: opened, name)
        guard UInt64(info.st_dev) == device else { throw SystemError("rmdir", path(of: name), .improperLink) }
        let children = try childNames(of: opened, name)
        levels.append(Level(name: name, inode: UInt64(info.st_ino), children: children))
        return opened
    }

    private func climb(
        from directory: borrowing OwnedDescriptor, to level: Level
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = cl_openat(directory.rawValue, "..", CL_O_PATH | O_DIRECTORY | O_CLOEXEC, 0)
        guard raw >= 0 else { throw SystemError("open", path(), Errno.last) }
        let parent = OwnedDescriptor(owning: raw)
        let info = try status(of: parent)
        // Another process moved a directory: what lies above now is not part of the tree.
        guard UInt64(info.st_ino) == level.inode, UInt64(info.st_dev) == device else {
            throw SystemError("rmdir", path(), .staleNFSFileHandle)
        }
        return parent
    }

    private func removeDirectory(
        _ name: [CChar], in directory: borrowing OwnedDescriptor
    ) throws(SystemError) {
        if unlinkat(directory.rawValue, name, AT_REMOVEDIR) == 0 { return }
        let code = Errno.last
        if code != .noSuchFileOrDirectory { throw SystemError("rmdir", path(of: name), code) }
    }

    private func status(
        of directory: borrowing OwnedDescriptor, _ name: [CChar]? = nil
    ) throws(SystemError) -> stat {
        var info = stat()
        guard fstat(directory.rawValue, &info) == 0 else { throw SystemError("fstat", path(of: name), Errno.last) }
        return info
    }

    private func childNames(
        of directory: borrowing OwnedDescriptor, _ name: [CChar]
    ) throws(SystemError) -> [[CChar]] {
        let copy = try directory.duplicate().release()
        guard let stream = fdopendir(copy) else {
            let code = Errno.last
            close(copy)
            throw SystemError("fdopendir", path(of: name), code)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map(CChar.init(bitPattern:)) }
            if name != [0x2e] && name != [0x2e, 0x2e] { names.append(name + [0]) }
        }
        return names
    }

    /// The path of an entry of the current directory, for messages; the middle of a very deep one is left out.
    private func path(of name: [CChar]? = nil) -> String {
        var names = levels.dropFirst().map(\.name)
        if let name, !levels.isEmpty { names.append(name) }
        let parts = names.count > 40 ? names.prefix(20) + [[0x2e, 0x2e, 0x2e, 0]] + names.suffix(20) : names[...]
        return ([shown.string] + parts.map(Self.text)).joined(separator: "/")
    }

    private static func text(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
