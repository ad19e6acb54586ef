internal import Vocabulary

/// The restarts of one container: decides after each end whether and when it is started again, but does nothing.
///
/// The time before a restart begins with 100 ms, doubles each time up to a minute, and begins anew after the container
/// has run for 10 s, as Docker documents it.
struct RestartMachine<C: Clock>: Sendable where C.Duration == Duration {
    enum Action: Sendable, Hashable {
        /// Starts the container as it was started before.
        case restart
        /// Stops it; its end is to be told by `ended`.
        case stop
    }

    /// What another supervisor has to know.
    struct Memory: Sendable, Hashable, Codable {
        /// The restarts since a user started the container.
        var count = 0
        /// The restarts since it last ran for long enough.
        var attempts = 0
        /// The last time that was waited; `nil` for none.
        var pause: Duration?
        /// Whether a user stopped it.
        var isStopped = false
        /// Whether it was stopped to be started again; `nil` where an earlier release wrote it.
        var isReplacing: Bool? = false
    }

    static var firstPause: Duration { .milliseconds(100) }
    static var longestPause: Duration { .seconds(60) }
    /// How long a container has to run for what was before to be forgotten.
    static var settlingTime: Duration { .seconds(10) }

    let rule: RestartRule?
    private(set) var memory: Memory
    /// When the next restart is due.
    private(set) var deadline: C.Instant?
    private var began: C.Instant?
    private var isReplacing: Bool {
        get { memory.isReplacing ?? false }
        set { memory.isReplacing = newValue }
    }
    init(_ rule: RestartRule?, _ memory: Memory = Memory()) {
        self.rule = rule
        self.memory = memory
    }

    /// It runs.
    mutating func started(now: C.Instant) {
        began = now
        deadline = nil
        isReplacing = false
    }

    /// It runs, and another supervisor has looked after it until now.
    ///
    /// - Parameter isStopping: whether it has been asked to end.
    mutating func adopted(isStopping: Bool, now: C.Instant) -> [Action] {
        began = now
        return isReplacing && !isStopping ? [.stop] : []
    }

    /// - Parameter isSuccess: whether it ended with code 0.
    mutating func ended(isSuccess: Bool, now: C.Instant) {
        let time = began.map { $0.duration(to: now) } ?? .zero
        began = nil
        deadline = nil
        if time >= Self.settlingTime { memory.pause = nil }
        if time >= rule?.window ?? Self.settlingTime { memory.attempts = 0 }
        let isDue = isReplacing || isWanted(isSuccess)
        isReplacing = false
        guard isDue, !memory.isStopped else { return }
        let grown = memory.pause.map { min($0 * 2, Self.longestPause) } ?? Self.firstPause
        memory.pause = grown
        deadline = now.advanced(by: rule?.delay ?? grown)
    }

    private func isWanted(_ isSuccess: Bool) -> Bool {
        guard let rule, rule.occasion == .always || !isSuccess else { return false }
        guard let most = rule.maximumAttempts else { return true }
        return (rule.window == nil ? memory.count : memory.attempts) < most
    }

    mutating func deadlinePassed(now: C.Instant) -> [Action] {
        guard let due = deadline, due <= now else { return [] }
        deadline = nil
        memory.count += 1
        memory.attempts += 1
        return [.restart]
    }

    /// A user stops it: it stays stopped.
    mutating func stopRequested() {
        memory.isStopped = true
        deadline = nil
        isReplacing = false
    }

    /// Its health says that it has to be started again.
    mutating func replacementRequested() -> [Action] {
        guard began != nil, !memory.isStopped, !isReplacing else { return [] }
        isReplacing = true
        return [.stop]
    }
}
