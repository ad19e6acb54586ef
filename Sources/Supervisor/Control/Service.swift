/// A part of the supervisor with a subject of its own, which the control loop dispatches to: a state machine that
/// decides, and a shell around it that performs the machine's actions.
protocol Service: AnyObject {
    /// When `passDeadlines` is due next; `nil` for never.
    var deadline: ContinuousClock.Instant? { get }

    func passDeadlines(_ now: ContinuousClock.Instant)

    /// A client has left before it was answered.
    func clientLeft(_ client: UInt64)
}
