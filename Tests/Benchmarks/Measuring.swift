import Foundation
import TestSupport

/// How many services every contestant runs.
let serviceCount = 10

/// Runs a command that must succeed and returns how long it took.
@discardableResult
func measure(_ command: Command) throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    let output = try command.start().waitWithoutLimit()
    let elapsed = clock.now - start
    guard output.succeeded else { throw TestError(output.description) }
    return elapsed
}

/// Runs commands that must succeed, two at a time, and returns how long all took.
@discardableResult
func measureTwoAtATime(_ commands: [Command]) throws -> Duration {
    let clock = ContinuousClock()
    let failures = Failures()
    let start = clock.now
    DispatchQueue.concurrentPerform(iterations: 2) { worker in
        for number in stride(from: worker, to: commands.count, by: 2) {
            do { try measure(commands[number]) } catch { failures.add(error) }
        }
    }
    let elapsed = clock.now - start
    try failures.throwFirst()
    return elapsed
}
