internal import SupervisorProtocol
internal import Vocabulary

/// The schedules of an environment's jobs: decides when each starts, but does nothing.
///
/// Its clock is that of the wall, in seconds since the epoch, which may jump: the machine is told the time, and looks at
/// each start only once.
struct ScheduleMachine: Sendable {
    enum Action: Sendable, Hashable {
        /// Runs the job.
        case run(String)
        /// Writes the records down: a start waits now, which the next supervisor has to know.
        case record
    }

    /// How late a start may be without having been missed.
    static let tolerance: Int64 = 60
    /// How many starts wait at most.
    static let longestQueue = 100

    private(set) var records: JobRecords
    /// When `timePassed` is due next, by the clock of the wall; `nil` for never.
    private(set) var due: Int64?
    private var running: Set<String> = []
    /// The rules of the time zones that the schedules name; `nil` for the host's.
    private let zone: @Sendable (String?) -> TimeZoneRules

    /// - Parameter records: what an earlier supervisor has left.
    init(_ records: JobRecords, zone: @escaping @Sendable (String?) -> TimeZoneRules) {
        self.records = records
        self.zone = zone
    }

    /// Other jobs are scheduled from now on. What is remembered of one that comes back counts again.
    mutating func schedule(_ jobs: [ScheduledJob], now: Int64) -> [Action] {
        records.jobs = jobs
        for job in jobs where records.memories[job.name] == nil {
            records.memories[job.name] = JobRecords.Memory(seenUntil: now)
        }
        return timePassed(now: now)
    }

    mutating func timePassed(now: Int64) -> [Action] {
        let jobs = records.jobs
        let actions = jobs.flatMap { look(at: $0, now: now) }
        due = jobs.flatMap(\.schedules).compactMap { next($0, after: now) }.min()
        return actions
    }

    private mutating func look(at job: ScheduledJob, now: Int64) -> [Action] {
        guard var memory = records.memories[job.name] else { return [] }
        let seenUntil = memory.seenUntil
        memory.seenUntil = now
        records.memories[job.name] = memory
        // A clock that was put back makes nothing due once more.
        guard now > seenUntil else { return [] }
        var actions: [Action] = []
        for schedule in job.schedules where isDue(schedule, after: seenUntil, now: now) {
            actions += start(job.name, schedule.concurrency, now: now)
        }
        return actions
    }

    private func isDue(_ schedule: JobSchedule, after seenUntil: Int64, now: Int64) -> Bool {
        guard let first = next(schedule, after: seenUntil), first <= now else { return false }
        if schedule.missedFires == .one || first >= now - Self.tolerance { return true }
        // Those before are left out; one may be in time all the same.
        return next(schedule, after: now - Self.tolerance - 1).map { $0 <= now } ?? false
    }

    private mutating func start(_ name: String, _ concurrency: JobSchedule.Concurrency, now: Int64) -> [Action] {
        guard running.contains(name) else {
            running.insert(name)
            records.memories[name]?.lastRun = JobRun(startedAt: now)
            return [.run(name)]
        }
        if concurrency == .queue, let queued = records.memories[name]?.queued, queued < Self.longestQueue {
            records.memories[name]?.queued += 1
            return [.record]
        }
        return []
    }

    /// A run has ended.
    ///
    /// - Parameter code: `nil` when the code is unknown.
    mutating func ended(_ name: String, code: Int32?, now: Int64) -> [Action] {
        guard running.remove(name) != nil else { return [] }
        records.memories[name]?.lastRun?.endedAt = now
        records.memories[name]?.lastRun?.code = code
        return startQueued(name, now: now)
    }

    /// Starts what waits, where the job is still scheduled.
    private mutating func startQueued(_ name: String, now: Int64) -> [Action] {
        guard let queued = records.memories[name]?.queued, queued > 0 else { return [] }
        guard records.jobs.contains(where: { $0.name == name }) else {
            records.memories[name]?.queued = 0
            return []
        }
        records.memories[name]?.queued = queued - 1
        return start(name, .forbid, now: now)
    }

    /// What an earlier supervisor has left is taken over: a run that it had started has ended without a witness, and what
    /// waited for that end starts.
    mutating func adopt(now: Int64) -> [Action] {
        for (name, memory) in records.memories where memory.lastRun != nil && memory.lastRun?.endedAt == nil {
            records.memories[name]?.lastRun?.endedAt = now
        }
        var actions = timePassed(now: now)
        for job in records.jobs where !running.contains(job.name) { actions += startQueued(job.name, now: now) }
        return actions
    }

    private func next(_ schedule: JobSchedule, after time: Int64) -> Int64? {
        schedule.cron.next(after: time, in: zone(schedule.timezone))
    }
}
