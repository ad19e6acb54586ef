internal import Glibc
internal import Images
internal import LinuxSystem
internal import SystemPackage

extension SelectionCopier {
    /// Unpacks an archive into the destination, which is then always a directory.
    ///
    /// `--chmod` does not change the entries of an archive.
    ///
    /// - Returns: `false` for every other file.
    func unpack(_ item: FileSelection.Item) throws(BuildError) -> Bool {
        let name = "`\(item.source)` from \(tree.name)"
        let opened: OwnedDescriptor
        do throws(SystemError) {
            opened = try tree.resolver.open(item.source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            throw failure(item.source, destination, error)
        }
        // The archive may be read twice; through the descriptor it is the same file both times.
        let archive = TarFile(FilePath("/proc/self/fd/\(opened.rawValue)"), named: name)
        do throws(ImageError) {
            guard try archive.isTar() else { return false }
        } catch {
            throw Self.failure(error)
        }
        let place = try root.place(of: destination).path
        try root.makeDirectories(place, mode: 0o755, owner: options.owner ?? .root)
        let target = try attempting("write `/\(place)`") { () throws(SystemError) in
            try root.resolver.open(place, O_RDONLY | O_DIRECTORY)
        }
        do throws(ImageError) {
            try archive.unpack(
                into: FilePath("/proc/self/fd/\(target.rawValue)/."),
                owner: options.owner.map { ($0.user, $0.group) }, limits: options.archiveLimits)
        } catch {
            throw Self.failure(error)
        }
        _ = consume target
        _ = consume opened
        return true
    }

    private static func failure(_ error: ImageError) -> BuildError {
        BuildError(error.code == .diskFull ? .diskFull : .invalidArchive, error.message, cause: error)
    }
}
