import SupervisorProtocol
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// When a container is checked, and what becomes of its health, without a process and without waiting.
@Suite(.timeLimit(.minutes(1))) struct HealthMachineTests {
    private typealias Machine = HealthMachine<TestClock>

    private static let usual = HealthSettings(.execution(["check"]), interval: .seconds(1), timeout: .seconds(2))

    private func machine(_ settings: HealthSettings = usual) -> Machine {
        Machine(settings, startedAt: TestClock.at(0))
    }

    /// Lets every check that is due end at once with the same result, until so many milliseconds have passed.
    private func run(
        _ machine: inout Machine, until end: Int, succeeding isSuccess: Bool
    ) -> (times: [Int], changes: [HealthState]) {
        var times: [Int] = []
        var changes: [HealthState] = []
        while let deadline = machine.deadline, deadline <= TestClock.at(end) {
            for action in machine.deadlinePassed(now: deadline) {
                switch action {
                case .run(let number):
                    times.append(Int(deadline.offset / .milliseconds(1)))
                    for case .changed(let state) in machine.finished(number, isSuccess: isSuccess, now: deadline) {
                        changes.append(state)
                    }
                case .changed(let state): changes.append(state)
                case .kill, .abandon: Issue.record("\(action)")
                }
            }
        }
        return (times, changes)
    }

    @Test func theFirstChecksComeEarlyAndCountOnlyAsSuccesses() {
        var machine = machine()
        let (times, changes) = run(&machine, until: 3000, succeeding: false)
        // At growing distances up to the interval, and then as the file says.
        #expect(times == [100, 200, 400, 800, 1000, 2000, 3000])
        #expect(changes == [.unhealthy])
        #expect(machine.failures == 3)
    }

    @Test func aSuccessMakesItHealthyAtOnceAndTheIntervalHolds() {
        var machine = machine()
        let (times, changes) = run(&machine, until: 2100, succeeding: true)
        #expect(times == [100, 1100, 2100])
        #expect(changes == [.healthy])
    }

    @Test func threeFailuresInARowMakeItUnhealthyAndOneSuccessHealthyAgain() {
        var machine = machine()
        _ = run(&machine, until: 100, succeeding: true)
        #expect(run(&machine, until: 2100, succeeding: false).changes == [])
        #expect(machine.failures == 2)
        #expect(run(&machine, until: 3100, succeeding: true).changes == [])
        #expect(machine.failures == 0)
        #expect(run(&machine, until: 6100, succeeding: false).changes == [.unhealthy])
        #expect(run(&machine, until: 7100, succeeding: true).changes == [.healthy])
    }

    @Test func aCheckOfAPausedContainerSaysNothing() {
        var machine = machine()
        _ = run(&machine, until: 100, succeeding: true)
        for (number, moment) in [(2, 1100), (3, 2100), (4, 3100)] {
            #expect(machine.deadlinePassed(now: TestClock.at(moment)) == [.run(number)])
            machine.postponed(number, now: TestClock.at(moment))
        }
        #expect(machine.state == .healthy && machine.failures == 0)
        #expect(machine.deadline == TestClock.at(4100))
    }

    /// Attributes: `healthcheck.start_period`, `healthcheck.start_interval`
    @Test func failuresDoNotCountInTheStartPeriod() {
        let settings = HealthSettings(
            .execution(["check"]), interval: .seconds(10), retries: 1, startPeriod: .seconds(5),
            startInterval: .seconds(2))
        var machine = machine(settings)
        let early = run(&machine, until: 4999, succeeding: false)
        #expect(early.changes == [] && machine.failures == 0)
        #expect(early.times.last == 4000)
        // The first regular check after it counts.
        #expect(run(&machine, until: 16_000, succeeding: false).changes == [.unhealthy])
    }

    @Test func aSuccessEndsTheStartPeriod() {
        let settings = HealthSettings(
            .execution(["check"]), interval: .seconds(1), retries: 1, startPeriod: .seconds(60),
            startInterval: .seconds(1))
        var machine = machine(settings)
        #expect(run(&machine, until: 100, succeeding: true).changes == [.healthy])
        #expect(run(&machine, until: 1100, succeeding: false).changes == [.unhealthy])
    }

    @Test func aCheckThatHangsIsKilledAndCounts() {
        var machine = machine(
            HealthSettings(.execution(["check"]), interval: .milliseconds(50), timeout: .seconds(2), retries: 1))
        #expect(machine.deadlinePassed(now: TestClock.at(50)) == [.run(1)])
        #expect(machine.deadline == TestClock.at(2050))
        #expect(machine.deadlinePassed(now: TestClock.at(2049)) == [])
        #expect(machine.deadlinePassed(now: TestClock.at(2050)) == [.kill(1)])
        // What it ends with does not matter any more.
        #expect(machine.finished(1, isSuccess: true, now: TestClock.at(2060)) == [.changed(.unhealthy)])
        #expect(machine.deadline == TestClock.at(2110))
    }

    @Test func aKilledCheckThatDoesNotEndIsAbandoned() {
        var machine = machine(
            HealthSettings(.execution(["check"]), interval: .milliseconds(50), timeout: .seconds(2), retries: 1))
        _ = machine.deadlinePassed(now: TestClock.at(50))
        _ = machine.deadlinePassed(now: TestClock.at(2050))
        #expect(machine.deadlinePassed(now: TestClock.at(12_050)) == [.abandon(1), .changed(.unhealthy)])
        #expect(machine.finished(1, isSuccess: true, now: TestClock.at(13_000)) == [])
        #expect(machine.state == .unhealthy)
    }

    @Test func theEndOfTheContainerEndsItsCheck() {
        var machine = machine()
        _ = machine.deadlinePassed(now: TestClock.at(100))
        #expect(machine.stop() == [.kill(1), .abandon(1)])
        #expect(machine.deadline == nil)
        #expect(machine.finished(1, isSuccess: true, now: TestClock.at(200)) == [])
    }

    @Test func aWaitIsOverWithItsFirstSuccess() {
        var machine = machine(HealthSettings(.tcp(port: 80), limit: .seconds(5)))
        #expect(machine.deadlinePassed(now: TestClock.at(10)) == [.run(1)])
        #expect(machine.finished(1, isSuccess: false, now: TestClock.at(10)) == [])
        #expect(machine.deadline == TestClock.at(20))
        #expect(machine.deadlinePassed(now: TestClock.at(20)) == [.run(2)])
        #expect(machine.finished(2, isSuccess: true, now: TestClock.at(21)) == [.changed(.healthy)])
        #expect(machine.deadline == nil)
    }

    @Test func aWaitThatTakesTooLongHasFailed() {
        var machine = machine(HealthSettings(.log(text: "ready"), limit: .seconds(1)))
        let (times, changes) = run(&machine, until: 1000, succeeding: false)
        #expect(times == [10, 20, 40, 80, 160, 320, 640])
        #expect(changes == [.unhealthy])
        #expect(machine.deadline == nil)
    }

    @Test func anotherSupervisorGoesOn() {
        let now = TestClock.at(1_000_000)
        var machine = Machine(Self.usual, .healthy, failures: 2, elapsed: .seconds(100), now: now)
        #expect(machine.deadlinePassed(now: now) == [.run(1)])
        #expect(machine.finished(1, isSuccess: false, now: now) == [.changed(.unhealthy)])
        let over = Machine(
            HealthSettings(.tcp(port: 1), limit: .seconds(1)), .healthy, failures: 0, elapsed: .seconds(9), now: now)
        #expect(over.deadline == nil)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", 200, true), ("HTTP/1.0 399 x\n", 399, true),
        ("HTTP/1.1 404 Not Found\r\nA", 404, false),
        ("HTTP/2 503\r\n", 503, false),
    ])
    func statusLines(text: String, code: Int, isSuccess: Bool) throws {
        let line = try #require(HTTPStatusLine(in: Array(text.utf8)))
        #expect(line.code == code && line.isSuccess == isSuccess)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK", "SSH-2.0-x\r\n", "HTTP/1.1 20\r\n", "\n", "HTTP/1.1 abc\n"])
    func whatIsNoStatusLine(text: String) {
        #expect(HTTPStatusLine(in: Array(text.utf8)) == nil)
    }
}
