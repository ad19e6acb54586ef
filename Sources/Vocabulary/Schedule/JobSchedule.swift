/// When a job starts by the clock, and what becomes of starts that cannot be in time.
package struct JobSchedule: Hashable, Sendable, Codable {
    /// What becomes of a start while the job runs.
    package enum Concurrency: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is left out.
        case forbid
        /// It comes when the job has ended.
        case queue
    }

    /// What becomes of the starts at which nothing was there to do them.
    package enum MissedFires: String, Hashable, Sendable, Codable, CaseIterable {
        /// One for all of them.
        case one
        /// None.
        case skip
    }

    /// The minutes at which it starts.
    package var cron: CronExpression
    /// A name of the time zone database such as `Europe/Paris`; `nil` for the host's zone.
    package var timezone: String?
    /// `forbid` where the file says nothing.
    package var concurrency: Concurrency
    /// `one` where the file says nothing.
    package var missedFires: MissedFires

    package init(
        cron: CronExpression, timezone: String? = nil, concurrency: Concurrency = .forbid,
        missedFires: MissedFires = .one
    ) {
        self.cron = cron
        self.timezone = timezone
        self.concurrency = concurrency
        self.missedFires = missedFires
    }
}
