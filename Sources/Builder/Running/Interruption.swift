internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Reports the cancellation of a task to a thread that works for it.
final class Interruption: Sendable {
    private let notifier: EventNotifier

    init() throws(SystemError) {
        notifier = try EventNotifier()
    }

    func signal() { notifier.signal() }

    /// Readable from the moment of the cancellation on.
    var descriptor: Int32 { notifier.descriptor.rawValue }

    /// Waits for a cancellation; `false` after the timeout.
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
