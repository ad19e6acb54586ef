internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// How a source on disk is recognised as unchanged without being read.
enum SourceFingerprint {
    /// Of one file: where, which inode, how long and when written.
    static func file(_ path: FilePath) throws(ImageError) -> String {
        var info = stat()
        guard path.withPlatformString({ stat($0, &info) }) == 0 else {
            let error = SystemError("stat", path.string, Errno.last)
            guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else {
                throw ImageError("read \(path)", error)
            }
            throw ImageError(.sourceMissing, "There is no \(path).", cause: error)
        }
        return "\(info.st_dev):\(info.st_ino):\(info.st_size):\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
    }

    /// The digest of the lstat(2) results of a whole tree; the change time shows any change.
    static func tree(_ root: FilePath) throws(ImageError) -> String {
        var hasher = ContentHasher()
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
        return try hasher.finish().hex
    }
}
