internal import CLinux
internal import Glibc
internal import SystemPackage

/// Waits for many descriptors at once; epoll(7).
public struct EventPoll: ~Copyable {
    /// The readiness of a descriptor, or the readiness to watch for.
    public struct Readiness: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// The peer has ended its direction.
        public static let peerEnded = Readiness(rawValue: EPOLLRDHUP.rawValue)
        /// Always watched for.
        public static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
        /// Always watched for.
        public static let failed = Readiness(rawValue: EPOLLERR.rawValue)
        /// Reports changes only: the receiver of an event must continue until EAGAIN.
        public static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)
    }

    public struct Event: Sendable {
        public var token: UInt64
        public var readiness: Readiness
    }

    private let descriptor: OwnedDescriptor
    private var buffer: [epoll_event]

    /// - Parameter batch: how many events one call of `wait` returns at most.
    public init(batch: Int = 64) throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: try systemCall("epoll_create1", "") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        buffer = [epoll_event](repeating: epoll_event(), count: batch)
    }

    /// Watches a descriptor; every event about it carries `token`.
    public borrowing func add(
        _ watched: Int32, _ readiness: Readiness, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, readiness, token)
    }

    /// Changes the readiness for which a watched descriptor is watched.
    public borrowing func modify(
        _ watched: Int32, _ readiness: Readiness, token: UInt64
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, readiness, token)
    }

    /// Stops watching a descriptor. A descriptor that is not watched is not an error.
    public borrowing func remove(_ watched: Int32) throws(SystemError) {
        do throws(SystemError) {
            try control(EPOLL_CTL_DEL, watched, [], 0)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        }
    }

    /// Waits for events; returns none after `milliseconds` (-1: no limit) or when a signal interrupts the call.
    public mutating func wait(milliseconds: Int32 = -1) throws(SystemError) -> [Event] {
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
