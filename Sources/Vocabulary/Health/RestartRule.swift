/// When a container that has ended is started again without being asked: what `restart` and `deploy.restart_policy`
/// come to.
package struct RestartRule: Hashable, Sendable, Codable {
    /// After which ends the container is started again.
    package enum Occasion: String, Hashable, Sendable, Codable {
        /// After every end, unless a user stopped it.
        case always
        /// After an exit code other than 0.
        case failure
    }

    package var occasion: Occasion
    /// How many restarts there are at most; `nil` without a limit.
    package var maximumAttempts: Int?
    /// How long to wait before each restart; `nil` for a time that grows with each of them.
    package var delay: Duration?
    /// How long a container must run for the restarts before to be forgotten; `nil` counts all of them.
    package var window: Duration?

    package init(
        _ occasion: Occasion, maximumAttempts: Int? = nil, delay: Duration? = nil, window: Duration? = nil
    ) {
        self.occasion = occasion
        self.maximumAttempts = maximumAttempts
        self.delay = delay
        self.window = window
    }
}
