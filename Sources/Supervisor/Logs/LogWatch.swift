internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Wakes when something is written into a directory of logs; inotify(7).
struct LogWatch {
    private let descriptor: SharedDescriptor

    /// Watches from now on.
    init(_ directory: FilePath) throws(SystemError) {
        let fd = try systemCall("inotify_init1", "") { inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)) }
        descriptor = SharedDescriptor(OwnedDescriptor(owning: fd))
        try add(directory)
    }

    /// Watches the directory that has the path now; the same one is watched once only.
    func add(_ directory: FilePath) throws(SystemError) {
        let fd = descriptor.rawValue
        try systemCall("inotify_add_watch", directory.string) {
            directory.withPlatformString { inotify_add_watch(fd, $0, UInt32(IN_MODIFY | IN_CREATE)) }
        }
    }

    /// Waits until something was written; `false` after `milliseconds` (-1: no limit). It may wake without need.
    ///
    /// - Parameter others: descriptors that end the waiting as well when they are readable.
    func wait(milliseconds: Int32, or others: [Int32] = []) throws(SystemError) -> Bool {
        var items = ([descriptor.rawValue] + others).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard try systemCall("poll", "inotify", { poll(&items, nfds_t(items.count), milliseconds) }) > 0 else {
            return false
        }
        guard items[0].revents != 0 else { return true }
        var events = [UInt8](repeating: 0, count: 16384)
        // EAGAIN ends it: all events are taken.
        while read(descriptor.rawValue, &events, events.count) > 0 {}
        return true
    }
}
