/// Decides whether a failed request is tried again, and after which pause.
///
/// A pure value: the caller waits.
package struct RetryPolicy: Hashable, Sendable {
    /// How often a request is made at most before progress, the first time included.
    package var attempts = 5
    /// How often a host that cannot be reached at all is tried.
    package var connectionAttempts = 2
    /// How often a mirror is tried before the next one or the registry itself is.
    package var mirrorAttempts = 2
    /// The longest first pause; each further one is twice as long.
    package var firstDelay: Duration = .milliseconds(250)
    /// The longest pause of the policy itself.
    package var ceiling: Duration = .seconds(10)
    /// A request fails at once when a server asks for a longer pause (`Retry-After`).
    package var longestRetryAfter: Duration = .seconds(60)
    /// A transfer that moved this many bytes since its last failure has all its attempts again.
    package var progress: Int64 = 1 << 20

    package init() {}

    /// Every request is made once.
    package static var none: RetryPolicy {
        var policy = RetryPolicy()
        policy.attempts = 1
        policy.connectionAttempts = 1
        policy.mirrorAttempts = 1
        return policy
    }

    /// A failure that may pass.
    enum Failure: Hashable, Sendable {
        /// 429 or 5xx, with the value of `Retry-After`.
        case status(retryAfter: Duration?)
        /// The connection broke or stalled.
        case connection
        /// No connection could be made.
        case unreachable
    }

    /// How long to wait before the next attempt; `nil` is to give up.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - jitter: a random number from 0 to 1; it shortens the pause by up to a half.
    func delay(after failure: Failure, attempt: Int, isMirror: Bool = false, jitter: Double) -> Duration? {
        var limit = attempts
        if isMirror { limit = min(limit, mirrorAttempts) }
        if failure == .unreachable { limit = min(limit, connectionAttempts) }
        guard attempt < limit else { return nil }
        if case .status(let wanted?) = failure {
            return wanted > longestRetryAfter ? nil : wanted
        }
        var delay = firstDelay
        for _ in 1..<max(attempt, 1) where delay < ceiling { delay = delay * 2 }
        return min(delay, ceiling) * (1 - 0.5 * min(max(jitter, 0), 1))
    }
}

/// The attempts of one request or transfer.
struct Attempts {
    private let policy: RetryPolicy
    private let isMirror: Bool
    private var failed = 0
    private var moved: Int64 = 0

    init(_ policy: RetryPolicy, isMirror: Bool = false) {
        self.policy = policy
        self.isMirror = isMirror
    }

    /// Notes that a transfer went on by this many bytes.
    mutating func progressed(by count: Int) {
        moved += Int64(count)
        if moved >= policy.progress { (failed, moved) = (0, 0) }
    }

    /// How long to wait before the next attempt; `nil` is to give up.
    mutating func delay(after failure: RetryPolicy.Failure?) -> Duration? {
        guard let failure else { return nil }
        failed += 1
        return policy.delay(
            after: failure, attempt: failed, isMirror: isMirror, jitter: Double.random(in: 0...1))
    }
}
