import Glibc

/// Evaluates the condition again and again until it holds; `false` when the time is up first.
///
/// The calling thread sleeps between two evaluations. A test whose own tasks have to go on meanwhile uses the form with
/// `suspendingWithin`.
package func eventually(within timeout: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try condition() { return true }
        if ContinuousClock.now > deadline { return false }
        usleep(pause)
    }
}

/// Like `eventually(within:_:)`, but the calling task suspends between two evaluations and keeps no thread.
/// - Throws: `CancellationError` when the task is cancelled meanwhile, and what the condition throws.
package func eventually(suspendingWithin timeout: Duration, _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try condition() { return true }
        if ContinuousClock.now > deadline { return false }
        try await Task.sleep(for: .microseconds(Int(pause)))
    }
}

/// Microseconds between two evaluations: short beside what tests wait for, long beside the cost of asking.
private let pause: useconds_t = 5000
