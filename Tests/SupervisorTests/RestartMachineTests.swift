import SupervisorProtocol
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

typealias Wish = SupervisorProtocol.Expectation

/// Whether and when a container is started again, without a process and without waiting.
@Suite(.timeLimit(.minutes(1))) struct RestartMachineTests {
    private typealias Machine = RestartMachine<TestClock>

    /// The pauses before restarts of a container that ends at once each time, in milliseconds, until there is none.
    private func pauses(_ machine: inout Machine, ends: Int, isSuccess: Bool = false) -> [Int] {
        var now = TestClock.at(0)
        var pauses: [Int] = []
        for _ in 0..<ends {
            machine.started(now: now)
            machine.ended(isSuccess: isSuccess, now: now)
            guard let due = machine.deadline else { break }
            pauses.append(Int(now.duration(to: due) / .milliseconds(1)))
            now = due
            #expect(machine.deadlinePassed(now: now) == [.restart])
        }
        return pauses
    }

    @Test func thePauseDoublesUpToAMinute() {
        var machine = Machine(RestartRule(.always))
        #expect(
            pauses(&machine, ends: 12)
                == [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
        #expect(machine.memory.count == 12)
    }

    @Test func tenSecondsOfRunningMakeThePauseShortAgain() {
        var machine = Machine(RestartRule(.always))
        _ = pauses(&machine, ends: 3)
        machine.started(now: TestClock.at(5000))
        machine.ended(isSuccess: false, now: TestClock.at(14_999))
        #expect(machine.deadline == TestClock.at(14_999 + 800))
        machine.started(now: TestClock.at(20_000))
        machine.ended(isSuccess: false, now: TestClock.at(30_000))
        #expect(machine.deadline == TestClock.at(30_100))
        #expect(machine.memory.attempts == 0 && machine.memory.count == 3)
    }

    @Test func withoutARuleNothingIsStartedAgain() {
        var machine = Machine(nil)
        #expect(pauses(&machine, ends: 1) == [])
    }

    @Test func onFailureLeavesASuccessAlone() {
        var machine = Machine(RestartRule(.failure))
        #expect(pauses(&machine, ends: 1, isSuccess: true) == [])
        #expect(pauses(&machine, ends: 2) == [100, 200])
        var always = Machine(RestartRule(.always))
        #expect(pauses(&always, ends: 2, isSuccess: true) == [100, 200])
    }

    @Test func attemptsAreLimited() {
        var machine = Machine(RestartRule(.failure, maximumAttempts: 2))
        #expect(pauses(&machine, ends: 9) == [100, 200])
    }

    @Test func aWindowForgetsEarlierAttempts() {
        var machine = Machine(RestartRule(.always, maximumAttempts: 1, delay: .seconds(3), window: .seconds(2)))
        #expect(pauses(&machine, ends: 9) == [3000])
        machine.started(now: TestClock.at(10_000))
        machine.ended(isSuccess: false, now: TestClock.at(12_000))
        #expect(machine.deadline == TestClock.at(15_000))
    }

    @Test func aReplacementOutlivesItsSupervisor() {
        var first = Machine(nil)
        first.started(now: TestClock.at(0))
        #expect(first.replacementRequested() == [.stop])
        // Killed after the signal, or before it.
        var second = Machine(nil, first.memory)
        #expect(second.adopted(isStopping: true, now: TestClock.at(10)) == [])
        var third = Machine(nil, second.memory)
        #expect(third.adopted(isStopping: false, now: TestClock.at(20)) == [.stop])
        third.ended(isSuccess: false, now: TestClock.at(30))
        #expect(third.deadline == TestClock.at(130))
        var fourth = Machine(nil, third.memory)
        #expect(fourth.adopted(isStopping: false, now: TestClock.at(40)) == [])
    }

    @Test func whatAUserStopsStaysStopped() {
        var machine = Machine(RestartRule(.always))
        machine.started(now: TestClock.at(0))
        machine.stopRequested()
        machine.ended(isSuccess: true, now: TestClock.at(10))
        #expect(machine.deadline == nil)
        // Also while it waits for its restart.
        var waiting = Machine(RestartRule(.always))
        waiting.started(now: TestClock.at(0))
        waiting.ended(isSuccess: false, now: TestClock.at(10))
        waiting.stopRequested()
        #expect(waiting.deadline == nil && waiting.memory.isStopped)
        #expect(waiting.deadlinePassed(now: TestClock.at(1000)) == [])
    }

    @Test func anUnhealthyOneIsStoppedAndStartedWhateverTheRule() {
        var machine = Machine(nil)
        machine.started(now: TestClock.at(0))
        #expect(machine.replacementRequested() == [.stop])
        #expect(machine.replacementRequested() == [])
        machine.ended(isSuccess: true, now: TestClock.at(500))
        #expect(machine.deadline == TestClock.at(600))
        #expect(machine.deadlinePassed(now: TestClock.at(600)) == [.restart])
        machine.started(now: TestClock.at(601))
        machine.ended(isSuccess: false, now: TestClock.at(700))
        #expect(machine.deadline == nil)
    }

    @Test func anotherSupervisorKnowsWhatWasDecided() {
        var machine = Machine(RestartRule(.failure, maximumAttempts: 3))
        _ = pauses(&machine, ends: 2)
        var next = Machine(machine.rule, machine.memory)
        #expect(pauses(&next, ends: 9) == [400])
        machine.stopRequested()
        var stopped = Machine(machine.rule, machine.memory)
        #expect(pauses(&stopped, ends: 1) == [])
    }
}

/// When clients that wait for a container are answered.
@Suite(.timeLimit(.minutes(1))) struct ExpectationMachineTests {
    private typealias Machine = ExpectationMachine<TestClock>
    private typealias Facts = Machine.Facts

    private let start = TestClock.at(0)

    @Test(arguments: [
        (Wish.ready, HealthState?.none, ExpectationResult.Outcome?.some(.met)),
        (.ready, .healthy, .met),
        (.ready, .starting, nil), (.ready, .unhealthy, .failed), (.healthy, .healthy, .met), (.healthy, .starting, nil),
        (.healthy, .unhealthy, .failed), (.completed, nil, nil), (.completed, .unhealthy, nil),
    ])
    func whatRuns(
        _ expectation: Wish, _ health: HealthState?, _ outcome: ExpectationResult.Outcome?
    ) {
        let facts = Facts(state: .running(since: start), health: health)
        let expected: Machine.Verdict = outcome.map { .decided($0) } ?? .open(until: nil)
        #expect(Machine.verdict(expectation, facts, now: start) == expected)
    }

    @Test(arguments: [
        (Wish.ready, true, ExpectationResult.Outcome.met), (.ready, false, .failed),
        (.healthy, true, .failed),
        (.completed, true, .met), (.completed, false, .failed),
    ])
    func whatHasEnded(
        _ expectation: Wish, _ isSuccess: Bool, _ outcome: ExpectationResult.Outcome
    ) {
        #expect(
            Machine.verdict(expectation, Facts(state: .ended(isSuccess: isSuccess)), now: start) == .decided(outcome))
    }

    @Test func aCrashLoopFailsAndAnEarlyRestartDoesNot() {
        for attempts in 0..<Machine.tolerance {
            let facts = Facts(state: .restarting, attempts: attempts)
            #expect(Machine.verdict(.ready, facts, now: start) == .open(until: nil))
        }
        let loop = Facts(state: .restarting, attempts: Machine.tolerance)
        #expect(Machine.verdict(.completed, loop, now: start) == .decided(.failed))
        // What was started again has to run for a second.
        let again = Facts(state: .running(since: start), attempts: 1)
        #expect(Machine.verdict(.ready, again, now: TestClock.at(999)) == .open(until: TestClock.at(1000)))
        #expect(Machine.verdict(.ready, again, now: TestClock.at(1000)) == .decided(.met))
    }

    @Test func clientsAreAnsweredWhenItChangesOrTheTimeIsUp() {
        var machine = Machine()
        let waiting = Facts(state: .running(since: start), health: .starting)
        for (client, due) in [(UInt64(1), nil), (2, TestClock.at(500)), (3, TestClock.at(900))] {
            #expect(
                machine.requested(.healthy, of: "db", waiting, client: client, due: due, now: start) == [])
        }
        #expect(machine.deadline == TestClock.at(500))
        #expect(machine.deadlinePassed(now: TestClock.at(499)) { _ in waiting } == [])
        #expect(
            machine.deadlinePassed(now: TestClock.at(500)) { _ in waiting }
                == [.answer(client: 2, .late, container: "db")])
        machine.clientLeft(3)
        #expect(machine.changed("web", waiting, now: TestClock.at(600)) == [])
        let healthy = Facts(state: .running(since: start), health: .healthy)
        #expect(
            machine.changed("db", healthy, now: TestClock.at(700)) == [.answer(client: 1, .met, container: "db")])
        #expect(machine.deadline == nil)
    }
}
