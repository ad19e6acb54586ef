internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Owner, mode, extended attributes and time of a directory.
enum DirectoryAttributes {
    /// The largest list of attributes and the largest value; limits(7).
    private static let capacity = 65536

    /// Gives `target` the attributes that `source` has. What overlayfs says to itself in attributes is left out.
    static func copy(from source: FilePath, to target: FilePath) throws(SystemError) {
        var info = stat()
        try systemCall("lstat", source.string) { lstat(source.string, &info) }
        try systemCall("lchown", target.string) { lchown(target.string, info.st_uid, info.st_gid) }
        try systemCall("chmod", target.string) { chmod(target.string, info.st_mode & 0o7777) }
        for (name, value) in try all(of: source) {
            try systemCall("lsetxattr", target.string) {
                value.withUnsafeBytes { lsetxattr(target.string, name, $0.baseAddress, $0.count, 0) }
            }
        }
        let times = [info.st_atim, info.st_mtim]
        try systemCall("utimensat", target.string) { utimensat(AT_FDCWD, target.string, times, AT_SYMLINK_NOFOLLOW) }
    }

    private static func all(of path: FilePath) throws(SystemError) -> [(name: String, value: [UInt8])] {
        var list = [CChar](repeating: 0, count: capacity)
        let length: Int
        do throws(SystemError) {
            length = try systemCall("llistxattr", path.string) { llistxattr(path.string, &list, list.count) }
        } catch  where error.errno == .notSupported {
            return []
        }
        var found: [(name: String, value: [UInt8])] = []
        for part in list[..<length].split(separator: 0) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if name.hasPrefix("trusted.overlay.") || name.hasPrefix("user.overlay.") { continue }
            var value = [UInt8](repeating: 0, count: capacity)
            let count = try systemCall("lgetxattr", path.string) {
                lgetxattr(path.string, name, &value, value.count)
            }
            found.append((name, Array(value[..<count])))
        }
        return found
    }
}
