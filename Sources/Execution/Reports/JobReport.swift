internal import LinuxSystem
internal import Supervisor
internal import SupervisorProtocol
internal import Vocabulary

/// What `trice jobs` shows of one job.
package struct JobReport: Sendable, Encodable {
    /// One schedule of the job.
    package struct Schedule: Sendable, Encodable {
        /// As written, such as `*/5 * * * *`.
        package var cron: String
        /// Absent for the host's own.
        package var timezone: String?
        /// `forbid` or `queue`.
        package var concurrency: String
        /// `one` or `skip`.
        package var missedFires: String
        /// When it comes next, as `2026-11-30T03:00:00Z`; absent for never.
        package var next: String?
        /// The same by the clock of its time zone, such as `2026-11-30 04:00 CET`.
        package var nextLocal: String?
    }

    /// The last run, by a schedule or by `trice run`.
    package struct Run: Sendable, Encodable {
        /// RFC 3339, in UTC.
        package var startedAt: String
        /// Absent while it runs.
        package var endedAt: String?
        /// Absent while it runs, and when no supervisor saw its end.
        package var exitCode: Int32?
        /// By the clock of the wall.
        package var secondsSinceStart: Int64
    }

    /// The key under `jobs`.
    package var job: String
    /// Whether `trice run` may start it.
    package var manual: Bool
    /// Whether the supervisor starts it by these schedules now; `false` while the environment is not up.
    package var isScheduled: Bool
    /// Empty for one that starts by hand only.
    package var schedules: [Schedule]
    /// Absent before the first.
    package var lastRun: Run?
}

extension JobReport {
    init(name: String, manual: Bool, isScheduled: Bool, schedules: [Schedule], lastRun: JobRun?) {
        self.init(job: name, manual: manual, isScheduled: isScheduled, schedules: schedules)
        self.lastRun = lastRun.map { run in
            Run(
                startedAt: Self.text(run.startedAt), endedAt: run.endedAt.map(Self.text), exitCode: run.code,
                secondsSinceStart: WallClock.nanoseconds / 1_000_000_000 - run.startedAt)
        }
    }

    /// A time as RFC 3339 writes it.
    fileprivate static func text(_ time: Int64) -> String {
        let civil = CivilTime(seconds: time)
        let seconds = time - civil.seconds
        return "\(civil)".replacing(" ", with: "T") + (seconds < 10 ? ":0\(seconds)Z" : ":\(seconds)Z")
    }
}

extension JobReport.Schedule {
    init(_ schedule: JobSchedule, now: Int64) {
        cron = "\(schedule.cron)"
        timezone = schedule.timezone
        concurrency = schedule.concurrency.rawValue
        missedFires = schedule.missedFires.rawValue
        let rules = TimeZoneDatabase.rules(of: schedule.timezone) ?? .utc
        guard let moment = schedule.cron.next(after: now, in: rules) else { return }
        next = JobReport.text(moment)
        nextLocal = "\(rules.civil(at: moment)) \(rules.offset(at: moment).abbreviation)"
    }
}
