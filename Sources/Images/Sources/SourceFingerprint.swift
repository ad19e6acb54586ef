internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// How a source on disk is recognised as unchanged without being read.
enum SourceFingerprint {
    /// Of one file: where, which inode, how long and when written.
    static func file(_ path: FilePath) throws(ImageError) -> String {
        do throws(SystemError) {
            return try Files.stamp(path)
        } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
            throw ImageError(.sourceMissing, "There is no \(path).", cause: error)
        } catch {
            throw ImageError("read \(path)", error)
        }
    }

    /// The digest of the lstat(2) results of a whole tree; the change time shows any change.
    static func tree(_ root: FilePath) throws(ImageError) -> String {
        var hasher = Digester()
        try TreeWalker(root: root).walk { (item: TreeWalker.Item) throws(ImageError) in
            let info = item.info
            let numbers = [
                Int64(item.path.count), Int64(info.st_mode), Int64(bitPattern: UInt64(info.st_ino)),
                Int64(info.st_size),
                Int64(info.st_uid), Int64(info.st_gid), Int64(info.st_mtim.tv_sec), Int64(info.st_mtim.tv_nsec),
                Int64(info.st_ctim.tv_sec), Int64(info.st_ctim.tv_nsec),
            ]
            hasher.update(item.path)
            numbers.withUnsafeBytes { hasher.update($0) }
        }
        return hasher.digest.hex
    }
}
