internal import Glibc
internal import LinuxSystem
package import SystemPackage
internal import Vocabulary

/// Which files fill a file system on which Trice keeps its own, for the error of a command that could not do without
/// space.
package struct FullDisk: Sendable {
    /// The directory of Trice's that has no space left.
    package let directory: FilePath
    /// Its largest files, the largest first.
    package let largest: [(path: FilePath, size: Int64)]

    /// How many files are named.
    private static let shownFiles = 3
    /// A smaller file is not worth its removal; bytes.
    private static let smallest: Int64 = 64 << 10
    /// So many entries of directories are looked at, so that the error comes soon.
    private static let looked = 50_000

    /// The directories of Trice's whose file systems are full, one of each file system; statvfs(3).
    package static func all(_ layout: Layout) -> [FullDisk] {
        var devices: Set<UInt64> = []
        return [layout.state, layout.run].filter { directory in
            // One that cannot be looked at is none that is full.
            guard isFull(directory), let status = try? Files.status(directory) else { return false }
            return devices.insert(UInt64(status.device)).inserted
        }.map(FullDisk.init)
    }

    private init(_ directory: FilePath) {
        self.directory = directory
        largest = Self.largestFiles(below: directory)
    }

    private static func isFull(_ directory: FilePath) -> Bool {
        var info = statvfs()
        guard directory.withPlatformString({ statvfs($0, &info) }) == 0, info.f_blocks > 0 else { return false }
        return info.f_bavail * info.f_frsize < UInt(smallest)
    }

    /// What to remove, in one sentence or two.
    package var advice: String {
        "The file system of `\(directory)` is full. Remove a file that you do not need, and try again. \(candidates)"
    }

    /// What could be removed, in one sentence.
    package var candidates: String {
        if largest.isEmpty {
            return "`du -xh \(directory.removingLastComponent()) | sort -h | tail` lists the largest files."
        }
        let names = largest.map { "`\($0.path)` (\(ByteCount.text($0.size)))" }
        return "The largest \(names.count == 1 ? "file is" : "files are") " + names.joined(separator: ", ") + "."
    }

    /// The largest files below a directory on its own file system. The databases and their logs are none of them: without
    /// these Trice knows nothing of what it has made.
    private static func largestFiles(below root: FilePath) -> [(path: FilePath, size: Int64)] {
        guard let device = try? Files.status(root)?.device else { return [] }
        var found: [(path: FilePath, size: Int64)] = []
        var directories = [root]
        var left = looked
        while let directory = directories.popLast(), left > 0 {
            for name in (try? Files.names(in: directory)) ?? [] where !name.contains(".db") {
                left -= 1
                let path = directory.appending(name)
                guard let status = try? Files.status(path), status.device == device else { continue }
                switch status.kind {
                case .directory: directories.append(path)
                case .regular where status.size >= smallest: found.append((path, status.size))
                default: break
                }
            }
        }
        return Array(found.sorted { $0.size > $1.size }.prefix(shownFiles))
    }
}
