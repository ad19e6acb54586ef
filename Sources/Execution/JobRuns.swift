internal import Envfile
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// Jobs: a run that the supervisor has begun, and what there is to tell of all of them.
extension EnvironmentControl {
    /// Runs the container of a job to its end.
    ///
    /// The environment is locked only until the container has started. One that runs already, because the supervisor
    /// that had started it was killed, is waited for.
    ///
    /// - Returns: its exit code; 1 where the environment has no such job any more.
    package func runJob(_ name: String, of recorded: String) throws -> Int32 {
        let environment = EnvironmentID(recorded: recorded)
        let workspace = Workspace(id: environment, host: try context.host())
        let lock = try context.lock(workspace, NoSink())
        let id = ContainerID(service: try ServiceName(name), number: 1)
        guard let text = try Files.text(context.layout.jobDefinition(name, of: environment)),
            try workspace.records().containers.contains(where: { ContainerID($0) == id })
        else { return 1 }
        let container = try JSONCoding.decode(DesiredContainer.self, from: text)
        let state = try workspace.supervisor().status(of: "\(id)")?.state
        if state != .running && state != .starting {
            try executor(workspace, nil, NoSink()).containers.startAnew(container)
        }
        _ = consume lock
        return try workspace.supervisor().wait(for: "\(id)").code ?? 1
    }

    /// The jobs of an environment: those of its Envfile, and those that are scheduled.
    package func jobs(_ identity: EnvironmentTarget) throws -> [JobReport] {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let records = JobRecords.read(stateDirectory: workspace.stateDirectory) ?? JobRecords()
        let isAwake = try workspace.runningSupervisor() != nil
        let scheduled = Dictionary(records.jobs.map { (ServiceName(unchecked: $0.name), $0) }) { $1 }
        let described = Dictionary((identity.project?.environment.jobs ?? []).map { ($0.name, $0) }) { $1 }
        let now = WallClock.nanoseconds / 1_000_000_000
        let statuses = try workspace.supervisedContainers(try workspace.records())
        let manual = ManualRuns(workspace)
        return try Set(scheduled.keys).union(described.keys).sorted().map { name in
            let job = described[name]
            let schedules = try job?.schedules ?? scheduled[name]?.schedules ?? []
            let runs = [records.memories[name.rawValue]?.lastRun, try manual.last(of: name.rawValue, statuses)]
                .compactMap(\.self)
            return JobReport(
                name: name.rawValue, manual: job?.lifecycle.triggers?.manual ?? true,
                isScheduled: isAwake && scheduled[name]?.schedules == schedules && !schedules.isEmpty,
                schedules: schedules.map { JobReport.Schedule($0, now: now) },
                lastRun: runs.max { $0.startedAt < $1.startedAt })
        }
    }
}
