package import Envfile
package import Vocabulary

/// A job that starts by the clock.
package struct DesiredJob: Hashable, Sendable {
    /// What it runs in; made once, and started each time.
    package var container: DesiredContainer
    /// Never empty.
    package var schedules: [JobSchedule]

    package init(container: DesiredContainer, schedules: [JobSchedule]) {
        self.container = container
        self.schedules = schedules
    }

    /// The key under `jobs`.
    package var name: ServiceName { container.id.service }
    /// What it is made of, as a digest.
    package var digest: String { "\(ContainerFingerprint(of: container).digest)" }
}

/// A job that is scheduled.
package struct ObservedJob: Hashable, Sendable, Codable {
    package var schedules: [JobSchedule]
    /// As `DesiredJob.digest`.
    package var digest: String

    package init(schedules: [JobSchedule], digest: String) {
        self.schedules = schedules
        self.digest = digest
    }
}

extension Service {
    /// When the job starts by the clock; empty for what is no job, or starts by hand only.
    package var schedules: [JobSchedule] {
        get throws(PlanningError) {
            var schedules: [JobSchedule] = []
            for schedule in lifecycle.triggers?.schedules ?? [] {
                do throws(InvalidValue) {
                    schedules.append(try schedule.resolved())
                } catch {
                    throw PlanningError(.invalidValue, "Job \(name) cannot be scheduled: \(error).")
                }
            }
            return schedules
        }
    }
}

extension Environment {
    /// With the jobs that start by the clock among the services: their containers are made like those of services.
    package var withScheduledJobs: Environment {
        var environment = self
        let names = Set(services.map(\.name))
        environment.services += jobs.filter {
            $0.lifecycle.triggers?.schedules.isEmpty == false && !names.contains($0.name)
        }
        return environment
    }
}
