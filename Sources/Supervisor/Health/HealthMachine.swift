internal import SupervisorProtocol
internal import Vocabulary

/// The health of one container, from its start to its end: when it is checked, and what follows from the results.
/// Decides, but does nothing.
///
/// A check that the file asks for every 30 s may succeed long before. Until it does for the first time there are checks
/// in between, at growing distances, whose failures do not count; docs/decisions/0020 says why.
struct HealthMachine<C: Clock>: Sendable where C.Duration == Duration {
    enum Action: Sendable, Hashable {
        /// Begins a check; to be answered by `finished` with its number.
        case run(Int)
        /// Ends the check and all of its processes; to be answered by `finished` too.
        case kill(Int)
        /// The check does not end although it was killed: its end is not waited for any more.
        case abandon(Int)
        /// The state is another one.
        case changed(HealthState)
    }

    private struct Check: Sendable, Hashable {
        var number: Int
        /// Whether a failure of it counts.
        var counts: Bool
        var deadline: C.Instant
        var isKilled = false
    }

    let settings: HealthSettings
    private(set) var state = HealthState.starting
    /// The failures in a row that counted.
    private(set) var failures = 0
    private let began: C.Instant
    private var lastNumber = 0
    private var current: Check?
    private var next: C.Instant?
    /// When the next check is due whose failure counts.
    private var regular: C.Instant
    /// The distance to the next check whose failure does not count.
    private var pause: Duration

    /// How long a killed check may take to end.
    static var killTimeout: Duration { .seconds(10) }

    /// The container has been started.
    init(_ settings: HealthSettings, startedAt now: C.Instant) {
        self.settings = settings
        began = now
        pause = settings.isInternal ? .milliseconds(10) : .milliseconds(100)
        regular = now
        next = now.advanced(by: pause)
        regular = now.advanced(by: interval(at: now))
        if let due = next, regular < due { next = regular }
    }

    /// The container runs, and an earlier supervisor knew this of it.
    ///
    /// - Parameter elapsed: since the start.
    init(_ settings: HealthSettings, _ state: HealthState, failures: Int, elapsed: Duration, now: C.Instant) {
        self.init(settings, startedAt: now.advanced(by: .zero - elapsed))
        self.state = state
        self.failures = failures
        let isOver = settings.limit != nil && state != .starting
        next = isOver ? nil : now
        regular = now
    }

    /// When the next `deadlinePassed` is due.
    var deadline: C.Instant? { [current?.deadline ?? next, limit].compactMap(\.self).min() }

    /// When a check that is over with its first success has failed for good.
    private var limit: C.Instant? {
        guard state == .starting, let limit = settings.limit else { return nil }
        return began.advanced(by: limit)
    }
}

extension HealthMachine {
    mutating func deadlinePassed(now: C.Instant) -> [Action] {
        if let limit, limit <= now {
            next = nil
            return change(to: .unhealthy) + stop()
        }
        if let check = current {
            guard check.deadline <= now else { return [] }
            if check.isKilled {
                return [.abandon(check.number)] + finished(check.number, isSuccess: false, now: now)
            }
            current?.isKilled = true
            current?.deadline = now.advanced(by: Self.killTimeout)
            return [.kill(check.number)]
        }
        guard let due = next, due <= now else { return [] }
        next = nil
        lastNumber += 1
        current = Check(
            number: lastNumber, counts: settings.limit == nil && regular <= now,
            deadline: now.advanced(by: settings.timeout))
        return [.run(lastNumber)]
    }

    /// A check has ended; one of another number is not waited for any more.
    mutating func finished(_ number: Int, isSuccess: Bool, now: C.Instant) -> [Action] {
        guard let check = current, check.number == number else { return [] }
        current = nil
        let isGood = isSuccess && !check.isKilled
        if isGood {
            failures = 0
        } else if check.counts, state != .starting || now >= began.advanced(by: settings.startPeriod) {
            failures += 1
        }
        let state: HealthState = isGood ? .healthy : failures >= settings.retries ? .unhealthy : self.state
        let actions = change(to: state)
        schedule(after: check, now: now)
        return actions
    }

    /// A check could not be made now and says nothing, as with a container that is paused: the next one comes in its
    /// time.
    mutating func postponed(_ number: Int, now: C.Instant) {
        guard let check = current, check.number == number else { return }
        current = nil
        schedule(after: check, now: now)
    }

    /// The container has ended: the check that runs is of no use any more.
    mutating func stop() -> [Action] {
        next = nil
        guard let check = current else { return [] }
        current = nil
        return [.kill(check.number), .abandon(check.number)]
    }

    private mutating func change(to new: HealthState) -> [Action] {
        guard new != state else { return [] }
        state = new
        return [.changed(new)]
    }

    private mutating func schedule(after check: Check, now: C.Instant) {
        if settings.limit != nil {
            next = state == .starting ? now.advanced(by: growingPause()) : nil
            return
        }
        if check.counts || state != .starting { regular = now.advanced(by: interval(at: now)) }
        next = state == .starting ? min(regular, now.advanced(by: growingPause())) : regular
    }

    private mutating func growingPause() -> Duration {
        defer { pause = min(pause * 2, settings.limit == nil ? settings.interval : .milliseconds(500)) }
        return pause
    }

    private func interval(at now: C.Instant) -> Duration {
        let isInPeriod = state == .starting && now < began.advanced(by: settings.startPeriod)
        return isInPeriod ? settings.startInterval : settings.interval
    }
}

extension HealthSettings {
    /// Whether a check takes no process.
    var isInternal: Bool {
        if case .execution = test { false } else { true }
    }
}
