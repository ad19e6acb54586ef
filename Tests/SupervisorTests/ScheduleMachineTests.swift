import SupervisorProtocol
import Testing
import Vocabulary

@testable import Supervisor

/// When jobs start, by a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct ScheduleMachineTests {
    /// 2026-11-30 00:00 UTC.
    private static let midnight: Int64 = 1_795_996_800

    private static func at(_ hour: Int, _ minute: Int = 0, day: Int = 0) -> Int64 {
        midnight + Int64(day) * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60
    }

    private static func job(
        _ cron: String, _ concurrency: JobSchedule.Concurrency = .forbid, _ missed: JobSchedule.MissedFires = .one,
        name: String = "backup", timezone: String? = nil
    ) throws -> ScheduledJob {
        ScheduledJob(
            name: name,
            schedules: [
                JobSchedule(
                    cron: try CronExpression(cron), timezone: timezone, concurrency: concurrency, missedFires: missed)
            ], digest: "1", command: ["true"])
    }

    private func machine(_ records: JobRecords = JobRecords()) -> ScheduleMachine {
        ScheduleMachine(records) { _ in .utc }
    }

    @Test func aJobRunsAtItsTimeAndTheNextOne() throws {
        var machine = machine()
        #expect(machine.schedule([try Self.job("0 3 * * *")], now: Self.at(1)).isEmpty)
        #expect(machine.due == Self.at(3))
        #expect(machine.timePassed(now: Self.at(2, 59)).isEmpty)
        #expect(machine.timePassed(now: Self.at(3)) == [.run("backup")])
        #expect(machine.due == Self.at(3, day: 1))
        #expect(machine.timePassed(now: Self.at(3)).isEmpty, "once only")
        #expect(machine.records.memories["backup"]?.lastRun == JobRun(startedAt: Self.at(3)))
        #expect(machine.ended("backup", code: 7, now: Self.at(3, 5)).isEmpty)
        #expect(
            machine.records.memories["backup"]?.lastRun
                == JobRun(startedAt: Self.at(3), endedAt: Self.at(3, 5), code: 7))
        #expect(machine.timePassed(now: Self.at(3, day: 1)) == [.run("backup")])
    }

    /// Attributes: `jobs.*.triggers.schedule.*.concurrency`
    @Test func aRunThatLastsForbidsTheNextOrLetsItWait() throws {
        var forbidding = machine()
        _ = forbidding.schedule([try Self.job("* * * * *")], now: Self.at(1))
        #expect(forbidding.timePassed(now: Self.at(1, 1)) == [.run("backup")])
        #expect(forbidding.timePassed(now: Self.at(1, 2)).isEmpty)
        #expect(forbidding.ended("backup", code: 0, now: Self.at(1, 2) + 30).isEmpty)
        #expect(forbidding.timePassed(now: Self.at(1, 3)) == [.run("backup")])

        var queueing = machine()
        _ = queueing.schedule([try Self.job("* * * * *", .queue)], now: Self.at(1))
        #expect(queueing.timePassed(now: Self.at(1, 1)) == [.run("backup")])
        #expect(queueing.timePassed(now: Self.at(1, 2)) == [.record])
        #expect(queueing.timePassed(now: Self.at(1, 3)) == [.record])
        #expect(queueing.ended("backup", code: 0, now: Self.at(1, 3)) == [.run("backup")])
        #expect(queueing.ended("backup", code: 0, now: Self.at(1, 3)) == [.run("backup")])
        #expect(queueing.ended("backup", code: 0, now: Self.at(1, 3)).isEmpty)
        for minute in 4..<250 { _ = queueing.timePassed(now: Self.at(1, minute)) }
        #expect(queueing.records.memories["backup"]?.queued == ScheduleMachine.longestQueue)
        // What is not scheduled any more does not come from the queue either.
        _ = queueing.schedule([], now: Self.at(6))
        #expect(queueing.ended("backup", code: 0, now: Self.at(6)).isEmpty)
        #expect(queueing.due == nil)
    }

    /// Attributes: `jobs.*.triggers.schedule.*.missed_fires`
    @Test(arguments: [(JobSchedule.MissedFires.one, 1), (.skip, 0)])
    func whatTheHostSleptThroughRunsOnceOrNever(missed: JobSchedule.MissedFires, expected: Int) throws {
        var first = machine()
        _ = first.schedule([try Self.job("0 * * * *", .queue, missed)], now: Self.at(1, 30))
        // Another supervisor, hours later.
        var second = machine(first.records)
        #expect(second.adopt(now: Self.at(7, 30)).count == expected)
        #expect(second.due == Self.at(8))
        _ = second.ended("backup", code: 0, now: Self.at(7, 31))
        // The same one, on a host that was suspended.
        #expect(second.timePassed(now: Self.at(20, 30)).count == expected)
        _ = second.ended("backup", code: 0, now: Self.at(20, 31))
        // A little late is not missed, also after others that were.
        #expect(second.timePassed(now: Self.at(23) + 59).count == 1)
    }

    /// Every start that waits is recorded when it begins to wait, not with the next start.
    @Test func anotherSupervisorGoesOn() throws {
        var first = machine()
        _ = first.schedule([try Self.job("* * * * *", .queue, .skip)], now: Self.at(1))
        // What is on the disk: written only when the machine asks for it.
        var recorded = first.records
        for minute in 1...2 where !first.timePassed(now: Self.at(1, minute)).isEmpty { recorded = first.records }
        #expect(recorded.memories["backup"]?.queued == 1)
        var second = machine(recorded)
        #expect(second.adopt(now: Self.at(1, 2) + 20) == [.run("backup")], "the one that waited")
        #expect(second.adopt(now: Self.at(1, 2) + 21).isEmpty)
    }

    @Test func aClockThatIsPutBackRunsNothingTwice() throws {
        var machine = machine()
        _ = machine.schedule([try Self.job("0 3 * * *")], now: Self.at(1))
        #expect(machine.timePassed(now: Self.at(3)).count == 1)
        _ = machine.ended("backup", code: 0, now: Self.at(3))
        #expect(machine.timePassed(now: Self.at(3, 30)).isEmpty)
        #expect(machine.timePassed(now: Self.at(1)).isEmpty, "put back")
        #expect(machine.due == Self.at(3))
        #expect(machine.timePassed(now: Self.at(2, 59)).isEmpty)
    }

    @Test func aJobThatComesBackCatchesUp() throws {
        var machine = machine()
        let jobs = [try Self.job("0 3 * * *"), try Self.job("30 3 * * *", .forbid, .skip, name: "clean")]
        _ = machine.schedule(jobs, now: Self.at(1))
        #expect(machine.schedule([], now: Self.at(2)).isEmpty)
        #expect(machine.due == nil)
        #expect(machine.timePassed(now: Self.at(4)).isEmpty)
        #expect(machine.schedule(jobs, now: Self.at(12)) == [.run("backup")])
    }

    /// Attributes: `jobs.*.triggers.schedule.*.timezone`
    @Test func eachScheduleHasItsTimeZone() throws {
        let paris = try #require(TimeZoneDatabase.rules(of: "Europe/Paris"))
        var machine = ScheduleMachine(JobRecords()) { $0 == "Europe/Paris" ? paris : .utc }
        _ = machine.schedule([try Self.job("0 3 * * *", timezone: "Europe/Paris")], now: Self.at(1))
        #expect(machine.due == Self.at(2))
        #expect(TimeZoneDatabase.rules(of: "Mars/Olympus") == nil)
        #expect(TimeZoneDatabase.rules(of: "../etc/localtime") == nil)
    }
}
