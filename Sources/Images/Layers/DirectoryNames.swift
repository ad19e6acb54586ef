internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The names in an open directory; readdir(3).
enum DirectoryNames {
    enum Kind: Sendable {
        case directory, characterDevice, other
    }

    struct Entry: Sendable {
        /// Ended by 0.
        var name: [CChar]
        var kind: Kind
    }

    /// In the order of the file system, without `.` and `..`.
    static func of(_ directory: Int32, _ subject: @autoclosure () -> String) throws(SystemError) -> [Entry] {
        let copy = try systemCall("fcntl", subject()) { cl_fcntl(directory, F_DUPFD_CLOEXEC, 0) }
        guard let stream = fdopendir(copy) else {
            let code = Errno.last
            close(copy)
            throw SystemError("fdopendir", subject(), code)
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
                }
            }
            if name == [0x2e, 0] || name == [0x2e, 0x2e, 0] { continue }
            guard let kind = kind(Int(entry.pointee.d_type), name, in: directory) else { continue }
            entries.append(Entry(name: name, kind: kind))
        }
        return entries
    }

    /// Some file systems do not report the kind of an entry; `nil` when the entry has been removed.
    private static func kind(_ type: Int, _ name: [CChar], in directory: Int32) -> Kind? {
        var type = type
        if type == Int(DT_UNKNOWN) {
            var info = stat()
            guard fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: type = Int(DT_DIR)
            case S_IFCHR: type = Int(DT_CHR)
            default: break
            }
        }
        switch type {
        case Int(DT_DIR): return .directory
        case Int(DT_CHR): return .characterDevice
        default: return .other
        }
    }
}
