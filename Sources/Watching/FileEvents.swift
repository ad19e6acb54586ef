internal import CLinux
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// The events of directories; inotify(7).
package struct FileEvents: ~Copyable {
    /// What happened in a directory.
    package struct Event {
        /// The number of the directory, as `add` returned it.
        package var watch: Int32
        var mask: UInt32
        /// Empty for an event of the directory itself.
        package var name: String

        /// Whether events were lost: only a look at all files tells what has changed.
        package var isOverflow: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }
        /// Whether something was written into the file.
        package var isWrite: Bool { mask & UInt32(IN_MODIFY) != 0 }
        /// Whether the directory is watched no longer.
        package var isEnd: Bool { mask & UInt32(IN_IGNORED) != 0 }
    }

    private static let mask = UInt32(
        IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_EXCL_UNLINK | IN_ONLYDIR)

    /// Readable when events have come.
    package let descriptor: OwnedDescriptor
    private var buffer = [UInt8](repeating: 0, count: 65536)

    package init() throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: try systemCall("inotify_init1", "") { inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)) })
    }

    /// Watches the entries of a directory, not what is below them. The same directory has the same number.
    package func add(_ path: String, followingLink: Bool) throws(SystemError) -> Int32 {
        let fd = descriptor.rawValue
        let mask = followingLink ? Self.mask : Self.mask | UInt32(IN_DONT_FOLLOW)
        return try systemCall("inotify_add_watch", path) { inotify_add_watch(fd, path, mask) }
    }

    func remove(_ watch: Int32) {
        // A directory that has gone is not watched any more, which is the wanted state.
        _ = inotify_rm_watch(descriptor.rawValue, watch)
    }

    /// The events that have come; empty when there is none now.
    package mutating func read() throws(SystemError) -> [Event] {
        let count = Glibc.read(descriptor.rawValue, &buffer, buffer.count)
        guard count >= 0 else {
            let code = Errno.last
            if code == .resourceTemporarilyUnavailable || code == .interrupted { return [] }
            throw SystemError("read", "inotify", code)
        }
        return buffer.withUnsafeBytes { bytes in
            var events: [Event] = []
            var offset = 0
            let size = MemoryLayout<inotify_event>.size
            while offset + size <= count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let name = bytes[(offset + size)..<(offset + size + Int(event.len))].prefix { $0 != 0 }
                events.append(Event(watch: event.wd, mask: event.mask, name: String(decoding: name, as: UTF8.self)))
                offset += size + Int(event.len)
            }
            return events
        }
    }
}

/// What a file was when it was looked at last: while all of it is the same, the file has not changed.
struct FileStamp: Hashable {
    let isDirectory: Bool
    let isSocket: Bool
    let device: UInt64
    let inode: UInt64
    private let mode: UInt32
    private let size: Int64
    private let modified: [Int]

    /// - Returns: `nil` when nothing is there, or when it may not be looked at.
    init?(_ path: String, followingLink: Bool = false) {
        var info = stat()
        guard (followingLink ? stat(path, &info) : lstat(path, &info)) == 0 else { return nil }
        let kind = info.st_mode & S_IFMT
        isDirectory = kind == S_IFDIR
        isSocket = kind == S_IFSOCK
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        mode = info.st_mode
        // Those of a directory change with its entries.
        size = isDirectory ? 0 : Int64(info.st_size)
        modified =
            isDirectory ? [] : [info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec, info.st_ctim.tv_nsec]
    }

    func isSameFile(as other: FileStamp) -> Bool { device == other.device && inode == other.inode }

    /// Nanoseconds since the change of the content; `nil` for a directory.
    var age: Duration? {
        guard modified.count == 4 else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return .seconds(now.tv_sec - modified[0]) + .nanoseconds(now.tv_nsec - modified[1])
    }
}
