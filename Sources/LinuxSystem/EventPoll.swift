internal import CLinux
internal import Glibc
internal import SystemPackage

/// Waits for many descriptors at once; epoll(7).
package struct EventPoll: ~Copyable {
    /// The readiness of a descriptor, or the readiness to watch for.
    package struct Readiness: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// The peer has ended its direction.
        package static let peerEnded = Readiness(rawValue: EPOLLRDHUP.rawValue)
        /// Always watched for.
        package static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
        /// Always watched for.
        package static let failed = Readiness(rawValue: EPOLLERR.rawValue)
        /// Reports changes only: the receiver of an event must continue until EAGAIN.
        package static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)
    }

    /// What one descriptor is ready for.
    package struct Event: Sendable {
        package var token: UInt64
        package var readiness: Readiness
    }

    private let descriptor: OwnedDescriptor
    private var buffer: [epoll_event]

    /// - Parameter batch: how many events one call of `wait` returns at most.
    package init(batch: Int = 64) throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: try systemCall("epoll_create1", "") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        buffer = [epoll_event](repeating: epoll_event(), count: batch)
    }

    /// Watches a descriptor; every event about it carries `token`.
    package borrowing func add(
        _ watched: Int32, _ readiness: Readiness, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, readiness, token)
    }

    /// Changes the readiness for which a watched descriptor is watched.
    package borrowing func modify(
        _ watched: Int32, _ readiness: Readiness, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, readiness, token)
    }

    /// Stops watching a descriptor. A descriptor that is not watched is not an error.
    package borrowing func remove(_ watched: Int32) throws(SystemError) {
        do throws(SystemError) {
            try control(EPOLL_CTL_DEL, watched, [], 0)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        }
    }

    /// Waits for events; returns none after `milliseconds` (-1: no limit) or when a signal interrupts the call.
    package mutating func wait(milliseconds: Int32 = -1) throws(SystemError) -> [Event] {
        let count = epoll_wait(descriptor.rawValue, &buffer, Int32(buffer.count), milliseconds)
        guard count >= 0 else {
            let code = Errno.last
            if code == .interrupted { return [] }
            throw SystemError("epoll_wait", "", code)
        }
        return buffer.prefix(Int(count)).map { Event(token: $0.data.u64, readiness: Readiness(rawValue: $0.events)) }
    }

    private borrowing func control(
        _ operation: Int32, _ watched: Int32, _ readiness: Readiness, _ token: UInt64
    ) throws(SystemError) {
        var event = epoll_event(events: readiness.rawValue, data: epoll_data_t(u64: token))
        let fd = descriptor.rawValue
        try systemCall("epoll_ctl", "\(watched)") { epoll_ctl(fd, operation, watched, &event) }
    }
}
