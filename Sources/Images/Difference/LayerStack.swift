internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The one tree that some layer directories show together, read without a mount.
///
/// A name in an upper layer hides the same name below it, directories are merged, a whiteout hides, and nothing shows
/// through an opaque directory; overlayfs.rst of the kernel.
package struct LayerStack: Sendable, Hashable {
    /// Uppermost first.
    package let directories: [FilePath]

    package init(_ directories: [FilePath]) {
        self.directories = directories
    }

    /// The stack with one more directory on top, such as the upper directory of a container.
    package func below(_ upper: FilePath) -> LayerStack {
        LayerStack([upper] + directories)
    }

    /// Opens the root of the merged tree.
    func open() throws(ImageError) -> MergedDirectory {
        var parts: [MergedDirectory.Part] = []
        for directory in directories {
            let folder = try attempting("read the layer \(directory)") { () throws(SystemError) in
                try Folder(OwnedDescriptor.open(directory, O_RDONLY | O_DIRECTORY))
            }
            parts.append(MergedDirectory.Part(layer: directory, folder: folder))
        }
        return MergedDirectory(parts: parts, path: [])
    }

    /// Reads a file of the merged tree by its path from the root, without following links. `nil` when it does not
    /// exist.
    package func read(_ path: FilePath, atMost limit: Int) throws(ImageError) -> [UInt8]? {
        var directory = try open()
        var names = Self.components(of: path)
        guard let last = names.popLast() else { return nil }
        for name in names {
            guard let child = try directory.child(name), child.isDirectory else { return nil }
            directory = try directory.open(child)
        }
        guard let child = try directory.child(last), !child.isDirectory else { return nil }
        guard let file = try directory.openFile(child) else { return nil }
        return try attempting("read \(directory.shown(child))") { () throws(SystemError) in
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let part = try file.read(atMost: min(limit - bytes.count, 1 << 17))
                if part.isEmpty { break }
                bytes += part
            }
            return bytes
        }
    }

    /// Each ended by 0.
    private static func components(of path: FilePath) -> [[CChar]] {
        path.platformBytes.split(separator: UInt8(ascii: "/")).map { $0.map { CChar(bitPattern: $0) } + [0] }
    }

    /// The names in a directory of the merged tree, sorted; empty when it does not exist. Links are not followed.
    package func names(in path: FilePath) throws(ImageError) -> [String] {
        var directory = try open()
        for name in Self.components(of: path) {
            guard let child = try directory.child(name), child.isDirectory else { return [] }
            directory = try directory.open(child)
        }
        return try directory.children().map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}

/// An open directory that several may use.
final class Folder {
    let descriptor: OwnedDescriptor
    var number: Int32 { descriptor.rawValue }

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }
}
