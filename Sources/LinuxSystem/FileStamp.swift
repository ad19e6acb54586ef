internal import Glibc
package import SystemPackage

extension Files {
    /// What changes with the content of a file: its device, inode, size and time of the last change; stat(2).
    package static func stamp(_ path: FilePath) throws(SystemError) -> String {
        var info = stat()
        try systemCall("stat", path.string) { path.withPlatformString { stat($0, &info) } }
        return "\(info.st_dev):\(info.st_ino):\(info.st_size):\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
    }

    /// The same, and `gone` for a file that is not there or cannot be looked at.
    package static func stampOrGone(_ path: FilePath) -> String { (try? stamp(path)) ?? "gone" }
}
