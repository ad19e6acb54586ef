import Envfile
import Vocabulary

/// Jobs: their containers are made like those of services, and the supervisor starts them.
extension Reconciliation {
    /// - Throws: `invalidValue` for what is no schedule.
    mutating func scheduleJobs() throws(PlanningError) {
        guard desired.environment != nil, desired.selection.isEmpty, options.starts, options.makes else { return }
        var jobs: [DesiredJob] = []
        for service in desired.services where service.lifecycle.triggers != nil {
            let schedules = try service.schedules
            for container in desired.containers(of: service) where !schedules.isEmpty {
                jobs.append(DesiredJob(container: container, schedules: schedules))
            }
        }
        let observed = jobs.map { ObservedJob(schedules: $0.schedules, digest: $0.digest) }
        let wanted = Dictionary(zip(jobs.map(\.name), observed)) { first, _ in first }
        guard wanted != self.observed.jobs else { return }
        let changed = Set(wanted.keys).union(self.observed.jobs.keys).filter { wanted[$0] != self.observed.jobs[$0] }
        schedule(
            jobs,
            cause: changed.sorted().map { wanted[$0] == nil ? "\($0) no more" : "\($0) by the clock" }
                .joined(separator: ", "))
    }

    /// While an environment is halted nothing starts by the clock.
    mutating func suspendJobs() {
        guard options.services.isEmpty, !observed.jobs.isEmpty else { return }
        schedule([], cause: "environment halts")
    }

    private mutating func schedule(_ jobs: [DesiredJob], cause: String) {
        schedules = builder.add(
            .scheduleJobs(jobs.sorted { $0.name < $1.name }), cause: cause,
            follows: Array(creations.values) + Array(starts.values) + Array(removes.values))
    }
}
