internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// Runs jobs by the clock: performs what `ScheduleMachine` decides.
final class JobService: Service {
    /// The file of `JobRecords`.
    private let file: FilePath
    private var machine: ScheduleMachine
    /// The processes that run jobs, by their pid.
    private var runs: [Int32: String] = [:]

    /// How long the clock of the wall is not looked at: it may be put forward.
    private static let longestPause = Duration.seconds(60)
    private var lookedAt = ContinuousClock.now

    init(_ file: FilePath) {
        self.file = file
        machine = ScheduleMachine(Coding.record(JobRecords.self, at: file) ?? JobRecords()) { name in
            TimeZoneDatabase.rules(of: name) ?? .utc
        }
    }

    private var now: Int64 { WallClock.nanoseconds / 1_000_000_000 }

    var deadline: ContinuousClock.Instant? {
        guard let due = machine.due else { return nil }
        let left = due * 1_000_000_000 - WallClock.nanoseconds
        return min(ContinuousClock.now + .nanoseconds(max(0, left)), lookedAt + Self.longestPause)
    }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        lookedAt = now
        let actions = machine.timePassed(now: self.now)
        // What was looked at without a start needs no record: it is looked at once more.
        if !actions.isEmpty { act(actions) }
    }

    func clientLeft(_ client: UInt64) {}

    /// Takes over what an earlier supervisor has left.
    func adopt() {
        guard !machine.records.jobs.isEmpty else { return }
        act(machine.adopt(now: now))
    }

    /// These jobs are scheduled from now on, and no others.
    func schedule(_ jobs: [ScheduledJob]) { act(machine.schedule(jobs, now: now)) }

    /// - Returns: whether the child has run a job.
    func childEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard let name = runs.removeValue(forKey: pid) else { return false }
        act(machine.ended(name, code: status.code, now: now))
        return true
    }

    private func act(_ actions: [ScheduleMachine.Action]) {
        // A run that cannot be started has ended, which may lead to more.
        var open = actions[...]
        while let action = open.popFirst() {
            // What is recorded is recorded once, below.
            guard case .run(let name) = action, let job = machine.records.jobs.first(where: { $0.name == name })
            else { continue }
            do throws(SystemError) {
                let child = try ChildProcess.start(
                    ChildProcess.Command(job.command[0], Array(job.command.dropFirst()), startsSession: true))
                runs[child.pid] = name
            } catch {
                Journal.note("Could not run the job \(name): \(error)")
                open += machine.ended(name, code: nil, now: now)
            }
        }
        Journal.perform("record the jobs") {
            try Files.write(try Coding.encode(machine.records), to: file, mode: 0o600)
        }
    }
}
