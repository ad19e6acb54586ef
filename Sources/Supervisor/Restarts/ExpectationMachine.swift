internal import SupervisorProtocol
internal import Vocabulary

/// Clients that wait until a container has come to something: decides whom to answer, but does nothing.
struct ExpectationMachine<C: Clock>: Sendable where C.Duration == Duration {
    /// What is known of a container.
    struct Facts: Sendable, Hashable {
        enum State: Sendable, Hashable {
            case starting
            case running(since: C.Instant)
            /// It has ended and is about to be started again.
            case restarting
            case ended(isSuccess: Bool)
        }

        var state: State
        /// `nil` for a container without a check.
        var health: HealthState?
        /// The restarts since it last ran for long enough.
        var attempts = 0
    }

    enum Action: Sendable, Hashable {
        case answer(client: UInt64, ExpectationResult.Outcome, container: String)
    }

    enum Verdict: Sendable, Hashable {
        case decided(ExpectationResult.Outcome)
        /// It is to be judged again when it changes, and at that time.
        case open(until: C.Instant?)
    }

    private struct Waiter: Sendable {
        var container: String
        var expectation: Expectation
        var due: C.Instant?
        var retry: C.Instant?
    }

    /// So many restarts without a run that lasts are a crash loop.
    static var tolerance: Int { 5 }
    /// How long a container that was started again must run to count as running.
    static var settlingTime: Duration { .seconds(1) }

    private var waiters: [UInt64: Waiter] = [:]

    /// When the next `deadlinePassed` is due.
    var deadline: C.Instant? { waiters.values.flatMap { [$0.due, $0.retry] }.compactMap(\.self).min() }
}

extension ExpectationMachine {
    mutating func requested(
        _ expectation: Expectation, of container: String, _ facts: Facts, client: UInt64, due: C.Instant?,
        now: C.Instant
    ) -> [Action] {
        waiters[client] = Waiter(container: container, expectation: expectation, due: due)
        return judge(client, facts, now: now)
    }

    /// Something about a container has changed.
    mutating func changed(_ container: String, _ facts: Facts, now: C.Instant) -> [Action] {
        waiters.filter { $0.value.container == container }.keys.sorted().flatMap { judge($0, facts, now: now) }
    }

    mutating func deadlinePassed(now: C.Instant, _ facts: (String) -> Facts?) -> [Action] {
        let due = waiters.filter { [$0.value.due, $0.value.retry].contains { $0.map { $0 <= now } ?? false } }
        return due.keys.sorted().flatMap { client in
            guard let container = waiters[client]?.container, let known = facts(container) else { return [Action]() }
            return judge(client, known, now: now)
        }
    }

    mutating func clientLeft(_ client: UInt64) {
        waiters[client] = nil
    }

    private mutating func judge(_ client: UInt64, _ facts: Facts, now: C.Instant) -> [Action] {
        guard let waiter = waiters[client] else { return [] }
        switch Self.verdict(waiter.expectation, facts, now: now) {
        case .decided(let outcome):
            waiters[client] = nil
            return [.answer(client: client, outcome, container: waiter.container)]
        case .open(let retry):
            guard let due = waiter.due, due <= now else {
                waiters[client]?.retry = retry
                return []
            }
            waiters[client] = nil
            return [.answer(client: client, .late, container: waiter.container)]
        }
    }

    /// Whether the expectation is met, or cannot be met any more.
    static func verdict(_ expectation: Expectation, _ facts: Facts, now: C.Instant) -> Verdict {
        switch facts.state {
        case .starting: return .open(until: nil)
        case .restarting: return facts.attempts >= tolerance ? .decided(.failed) : .open(until: nil)
        case .ended(let isSuccess): return .decided(isSuccess && expectation != .healthy ? .met : .failed)
        case .running(let start):
            if expectation == .completed { return .open(until: nil) }
            if let health = facts.health {
                switch health {
                case .starting: return .open(until: nil)
                case .healthy: return .decided(.met)
                case .unhealthy: return .decided(.failed)
                }
            }
            let settled = start.advanced(by: settlingTime)
            return facts.attempts == 0 || settled <= now ? .decided(.met) : .open(until: settled)
        }
    }
}
