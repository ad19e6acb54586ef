package import Export
internal import LinuxSystem
internal import SystemPackage

/// Reads what mounts have on this host, as far as an export can carry it.
package enum HostTreeReader {
    /// The file or the files below a directory, links followed; a directory is left out that is one of version control.
    ///
    /// What cannot be read is as if it were not there.
    package static func tree(_ path: String) -> HostTree {
        var reading = Reading()
        do throws(SystemError) {
            guard let status = try Files.status(FilePath(path), followingLinks: true) else { return .absent }
            switch status.kind {
            case .regular:
                let name = path.split(separator: "/").last.map(String.init) ?? path
                try reading.add(FilePath(path), as: name, status)
                return reading.isTooLarge ? .tooLarge : reading.files.first.map { .file($0) } ?? .absent
            case .directory:
                try reading.walk(FilePath(path), "", depth: 0)
                return reading.isTooLarge ? .tooLarge : .directory(reading.files.sorted { $0.path < $1.path })
            case .socket: return .special("a socket")
            case .fifo: return .special("a pipe")
            case .characterDevice, .blockDevice: return .special("a device")
            case .symbolicLink, .unknown: return .absent
            }
        } catch {
            return .absent
        }
    }

    private struct Reading {
        var files: [HostTree.File] = []
        var size = 0
        var isTooLarge = false

        /// A deeper tree is one that links lead into itself.
        static let deepest = 32

        mutating func walk(_ directory: FilePath, _ prefix: String, depth: Int) throws(SystemError) {
            guard depth <= Self.deepest else {
                isTooLarge = true
                return
            }
            for name in try Files.names(in: directory).sorted() where !isTooLarge {
                let path = directory.appending(name)
                guard let status = try Files.status(path, followingLinks: true) else { continue }
                switch status.kind {
                case .regular: try add(path, as: prefix + name, status)
                case .directory:
                    if ![".git", ".hg", ".svn"].contains(name) {
                        try walk(path, "\(prefix)\(name)/", depth: depth + 1)
                    }
                default: continue
                }
            }
        }

        mutating func add(_ path: FilePath, as name: String, _ status: Files.Status) throws(SystemError) {
            size += Int(clamping: status.size)
            guard size <= HostTree.maximumSize, files.count < HostTree.maximumCount else {
                isTooLarge = true
                return
            }
            files.append(
                HostTree.File(
                    path: name, bytes: try Files.readRegular(path, limit: HostTree.maximumSize),
                    isExecutable: status.mode & 0o100 != 0))
        }
    }
}
