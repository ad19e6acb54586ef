internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Snapshots
internal import SystemPackage

/// The first content of a volume.
///
/// It is copied into a directory beside the volume and moved from there, name by name, by the descriptor of the volume.
/// So no container sees half of a file, a link that another container makes in the volume leads nowhere, and what a
/// killed process left is either thrown away or finished. A lock lets one fill at a time; all others wait.
struct VolumeContent: Sendable {
    let path: FilePath

    init(_ path: FilePath) {
        self.path = path
    }

    /// RENAME_NOREPLACE of renameat2(2), which the header of this C library shows to GNU programs only.
    private static let withoutReplacing: UInt32 = 1

    private var name: String { path.lastComponent?.string ?? "" }
    private var parent: FilePath { path.removingLastComponent() }
    /// A copy that is not finished. Names of volumes begin with a letter or digit.
    private var copying: FilePath { parent.appending(".copying-\(name)") }
    /// A finished copy, of which names may have been moved already.
    private var copied: FilePath { parent.appending(".copied-\(name)") }

    /// Fills the volume unless it has something already, or lies upon layers: such a one has had its first content.
    ///
    /// - Parameter copy: writes the content into an empty directory; `false` where the image has no content for it.
    func fillIfEmpty(_ copy: (FilePath) throws -> Bool) throws {
        if try LayeredVolume(at: path) != nil { return }
        let lock = try FileLock(waitingFor: parent.appending(".lock"))
        if Files.exists(copied) { return try moveIn() }
        guard try Files.names(in: path).isEmpty else { return }
        try Files.removeTree(copying)
        try Files.createDirectory(copying)
        do {
            guard try copy(copying) else { return try Files.removeTree(copying) }
        } catch {
            // The failure of the copy says more than that of the clean-up, which the next attempt repeats.
            try? Files.removeTree(copying)
            throw error
        }
        try Files.rename(copying, to: copied)
        try moveIn()
        _ = consume lock
    }

    /// Removes the volume with all that belongs to it.
    func remove() throws {
        try LayeredVolume.remove(at: path)
        for path in [copying, copied, path] { try Files.removeTree(path) }
    }

    private func moveIn() throws(SystemError) {
        let source = try OwnedDescriptor.open(copied, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let target = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let (from, to) = (source.rawValue, target.rawValue)
        for name in try Files.names(in: copied) {
            do throws(SystemError) {
                try systemCall("renameat2", path.appending(name).string) {
                    cl_renameat2(from, name, to, name, Self.withoutReplacing)
                }
            } catch  where error.errno == .fileExists {
                // A container has made the name meanwhile: what it wrote counts.
                continue
            }
        }
        var info = stat()
        try systemCall("fstat", copied.string) { fstat(from, &info) }
        try systemCall("fchown", path.string) { fchown(to, info.st_uid, info.st_gid) }
        try systemCall("fchmod", path.string) { fchmod(to, info.st_mode & 0o7777) }
        try Files.removeTree(copied)
    }
}
