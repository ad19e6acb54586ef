internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary

/// Waits for descriptors and deadlines on one thread, and calls what was given for each; knows nothing of their meaning.
final class EventLoop {
    typealias Handler = (EventPoll.Readiness) throws -> Void

    /// What the handling of an event has led to.
    enum Aftermath {
        /// Nothing: every deadline is what it was, and no client waits for what has changed.
        case none
        case changes
    }

    /// What one descriptor is watched under.
    struct Token: Hashable {
        fileprivate let number: UInt64
        fileprivate let descriptor: Int32
    }

    private var poll: EventPoll
    private var handlers: [UInt64: (EventPoll.Readiness) throws -> Aftermath] = [:]
    private var lastNumber: UInt64 = 0

    init() throws(SystemError) {
        poll = try EventPoll()
    }

    /// Calls `handler` when the descriptor is ready, until `unwatch`.
    func watch(
        _ descriptor: Int32, _ readiness: EventPoll.Readiness = .readable, _ handler: @escaping Handler
    ) throws(SystemError) -> Token {
        try watchTelling(descriptor, readiness) {
            try handler($0)
            return .changes
        }
    }

    /// The same with a handler that tells whether anything has changed, for events that come by the thousand.
    func watchTelling(
        _ descriptor: Int32, _ readiness: EventPoll.Readiness = .readable,
        _ handler: @escaping (EventPoll.Readiness) throws -> Aftermath
    ) throws(SystemError) -> Token {
        lastNumber += 1
        try poll.add(descriptor, readiness, token: lastNumber)
        handlers[lastNumber] = handler
        return Token(number: lastNumber, descriptor: descriptor)
    }

    /// Changes the readiness for which a descriptor is watched.
    func change(_ token: Token, to readiness: EventPoll.Readiness) throws(SystemError) {
        try poll.modify(token.descriptor, readiness, token: token.number)
    }

    /// Stops watching a descriptor that is still open; an unknown token is fine.
    func unwatch(_ token: Token?) {
        guard let token, handlers.removeValue(forKey: token.number) != nil else { return }
        // It is open and watched: nothing can fail but a repetition, which does no harm.
        try? poll.remove(token.descriptor)
    }

    /// Dispatches events until one has changed something or the deadline, `nil` for none, has come.
    func dispatch(until deadline: ContinuousClock.Instant?) throws(SystemError) {
        while try dispatchBatch(until: deadline) == .none {
            if let deadline, deadline <= .now { return }
        }
    }

    private func dispatchBatch(until deadline: ContinuousClock.Instant?) throws(SystemError) -> Aftermath {
        let events = try poll.wait(milliseconds: deadline?.timeout ?? -1)
        var aftermath = events.isEmpty ? Aftermath.changes : .none
        for event in events {
            // An earlier event of the batch may have ended what this one is about.
            guard let handler = handlers[event.token] else { continue }
            var own = Aftermath.changes
            Journal.perform("handle an event") { own = try handler(event.readiness) }
            if own == .changes { aftermath = .changes }
        }
        return aftermath
    }
}

extension ContinuousClock.Instant {
    /// The time until then as a timeout of epoll_wait(2), in milliseconds: never too short, 0 for what has passed.
    var timeout: Int32 { Int32(clamping: max(0, ContinuousClock.now.duration(to: self).milliseconds + 1)) }
}
