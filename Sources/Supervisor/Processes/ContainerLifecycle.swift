internal import Glibc
internal import SupervisorProtocol

typealias ContainerLifecycle = Lifecycle<ContinuousClock>

/// The life of one container, from the runtime's command to its end: decides, but does nothing.
struct Lifecycle<C: Clock>: Sendable where C.Duration == Duration {
    typealias Instant = C.Instant

    enum State: Sendable, Hashable {
        /// In the queue or with the runtime's helper.
        case starting
        case running(pid: Int32)
        case ended(Ending)
    }

    enum Action: Sendable, Hashable {
        case signal(Int32)
        /// Read the pipes until they are empty, write the final record, let namespace and connections go.
        case sync
        /// Tell a waiting client how it ended.
        case answer(client: UInt64)
    }

    private struct Stop: Sendable, Hashable {
        var signal: Int32
        var grace: Duration
    }

    private(set) var state: State
    /// When the next `deadlinePassed` is due.
    private(set) var deadline: Instant?
    /// Whether somebody wants it stopped and it has not ended yet.
    private(set) var isStopping = false
    private var pendingStop: Stop?
    private var waiters: [UInt64] = []

    /// - Parameters:
    ///   - isStopping: whether an earlier supervisor has sent the signal of a stop.
    ///   - deadline: when SIGKILL follows it.
    init(_ state: State = .starting, isStopping: Bool = false, deadline: Instant? = nil) {
        self.state = state
        self.isStopping = isStopping
        self.deadline = deadline
    }

    var isAlive: Bool {
        if case .ended = state { return false }
        return true
    }

    var pid: Int32? {
        if case .running(let pid) = state { return pid }
        return nil
    }

    var ending: Ending? {
        if case .ended(let ending) = state { return ending }
        return nil
    }

    /// The runtime reports that it runs.
    mutating func started(pid: Int32, now: Instant) -> [Action] {
        guard state == .starting else { return [] }
        state = .running(pid: pid)
        guard let stop = pendingStop else { return [] }
        pendingStop = nil
        return deliver(stop, now: now)
    }

    /// A client wants it stopped; a second order can shorten the time that is left, never lengthen it.
    mutating func stopRequested(signal: Int32, grace: Duration, now: Instant) -> [Action] {
        isStopping = isAlive
        switch state {
        case .starting:
            pendingStop = Stop(signal: signal, grace: min(grace, pendingStop?.grace ?? grace))
            return []
        case .running:
            return deliver(Stop(signal: signal, grace: grace), now: now)
        case .ended:
            return []
        }
    }

    /// A client wants to know the end.
    mutating func waitRequested(client: UInt64) -> [Action] {
        guard isAlive else { return [.answer(client: client)] }
        waiters.append(client)
        return []
    }

    mutating func clientGone(_ client: UInt64) {
        waiters.removeAll { $0 == client }
    }

    mutating func deadlinePassed(now: Instant) -> [Action] {
        guard let due = deadline, due <= now, case .running = state else { return [] }
        deadline = nil
        return [.signal(SIGKILL)]
    }

    /// It ended, or never came to run.
    mutating func ended(_ ending: Ending) -> [Action] {
        guard isAlive else { return [] }
        state = .ended(ending)
        deadline = nil
        pendingStop = nil
        isStopping = false
        defer { waiters = [] }
        return [.sync] + waiters.map { .answer(client: $0) }
    }

    private mutating func deliver(_ stop: Stop, now: Instant) -> [Action] {
        guard stop.grace > .zero, stop.signal != SIGKILL else {
            deadline = nil
            return stop.signal == SIGKILL ? [.signal(SIGKILL)] : [.signal(stop.signal), .signal(SIGKILL)]
        }
        let due = now.advanced(by: stop.grace)
        deadline = min(due, deadline ?? due)
        return [.signal(stop.signal)]
    }
}
