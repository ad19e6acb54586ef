internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Tells a thread that works for a task that the task was cancelled.
final class Interruption: Sendable {
    private let notifier: EventNotifier

    init() throws(SystemError) {
        notifier = try EventNotifier()
    }

    func signal() { notifier.signal() }

    /// Readable from the moment of the cancellation on.
    var descriptor: Int32 { notifier.descriptor.rawValue }

    /// Waits for a cancellation; `false` when none came in time.
    func hasCome(within milliseconds: Int32) throws(SystemError) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return try systemCall("poll", "") { poll(&item, 1, milliseconds) } > 0
    }

    /// - Throws: `.cancelled` when the task was cancelled.
    func check(_ name: String, within milliseconds: Int32 = 0) throws(BuildError) {
        let hasCome = try attempting("run `\(name)`") { () throws(SystemError) in
            try self.hasCome(within: milliseconds)
        }
        if hasCome { throw BuildError(.cancelled, "`\(name)` was cancelled.") }
    }
}
