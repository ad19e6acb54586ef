package import Vocabulary

/// A job that the supervisor starts by the clock.
package struct ScheduledJob: Codable, Sendable, Hashable {
    /// The key under `jobs`.
    package var name: String
    package var schedules: [JobSchedule]
    /// What the job is made of, as a digest: another one means another job.
    package var digest: String
    /// The program that runs the job once, and its arguments; its exit code is that of the job.
    package var command: [String]

    package init(name: String, schedules: [JobSchedule], digest: String, command: [String]) {
        self.name = name
        self.schedules = schedules
        self.digest = digest
        self.command = command
    }
}

/// A run of a job that a schedule has started. Times are in seconds since the epoch.
package struct JobRun: Codable, Sendable, Hashable {
    /// When the supervisor began it.
    package var startedAt: Int64
    /// `nil` while it runs.
    package var endedAt: Int64?
    /// `nil` while it runs, and when no supervisor saw its end.
    package var code: Int32?

    package init(startedAt: Int64, endedAt: Int64? = nil, code: Int32? = nil) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.code = code
    }
}

/// What one supervisor leaves to the next about jobs; the file `jobs` of an environment's state directory.
package struct JobRecords: Codable, Sendable, Hashable {
    /// What is remembered of a job, also while it is not scheduled.
    package struct Memory: Codable, Sendable, Hashable {
        /// Until when starts have been looked at, in seconds since the epoch.
        package var seenUntil: Int64
        /// How many starts wait for the end of the present run.
        package var queued = 0
        /// The present run, or the last one; `nil` before the first.
        package var lastRun: JobRun?

        package init(seenUntil: Int64) { self.seenUntil = seenUntil }
    }

    /// The jobs that are scheduled now.
    package var jobs: [ScheduledJob] = []
    /// By the job's name.
    package var memories: [String: Memory] = [:]

    package init() {}
}
