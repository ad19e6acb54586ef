/// A clock that stands still: the machines are told the time.
package struct TestClock: Clock {
    package struct Instant: InstantProtocol {
        package var offset: Swift.Duration

        package func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        package static func < (first: Instant, second: Instant) -> Bool { first.offset < second.offset }
    }

    package let now = Instant(offset: .zero)
    package let minimumResolution: Swift.Duration = .nanoseconds(1)

    package init() {}

    package func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {}

    /// So many milliseconds after the start.
    package static func at(_ milliseconds: Int) -> Instant { Instant(offset: .milliseconds(milliseconds)) }
}
