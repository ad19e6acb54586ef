import Planning
import Testing
import Vocabulary

@testable import Envfile

/// Plans with `jobs`: their containers are made and not started.
@Suite(.timeLimit(.minutes(1))) struct JobPlanTests {
    private func job(_ cron: String = "@daily") -> Service {
        var job = service("backup", command: "dump")
        var triggers = JobTriggers()
        triggers.schedules = [JobTriggers.Schedule(cron: cron)]
        job.lifecycle.triggers = triggers
        return job
    }

    private func environment(_ job: Service?) -> Environment {
        var environment = PlanningTests.environment(service("web"))
        environment.jobs = job.map { [$0] } ?? []
        return environment.withScheduledJobs
    }

    private func state(_ job: Service, _ state: ObservedContainer.State) throws -> ObservedState {
        var observed = upped(environment(nil))
        observed.containers.append(container(job, state))
        let desired = DesiredJob(container: try DesiredContainer(job), schedules: try job.schedules)
        observed.jobs = ["backup": ObservedJob(schedules: desired.schedules, digest: desired.digest)]
        return observed
    }

    @Test func itsContainerIsMadeAndItIsScheduled() throws {
        let plan = try plan(environment(job()), upped(environment(nil)))
        #expect(
            plan.description == """
                + container backup-1  does not exist
                + jobs                backup by the clock
                """)
        #expect(!plan.operations.contains { $0.operation.startsContainer })
    }

    /// What the supervisor is told; it starts jobs by that alone.
    ///
    /// Attributes: `jobs.*.triggers.schedule`, `jobs.*.triggers.schedule.*.cron`
    /// Attributes: `jobs.*.triggers.schedule.*.concurrency`, `jobs.*.triggers.schedule.*.missed_fires`
    /// Attributes: `jobs.*.triggers.schedule.*.timezone`
    @Test func theSupervisorIsToldWhatTheFileSays() throws {
        let text = """
            services: { web: { image: a } }
            jobs:
              backup:
                image: a
                triggers:
                  schedule:
                    - { cron: "5 4 * * *", concurrency: queue, missed_fires: skip, timezone: UTC }
                    - "@hourly"

            """
        let loader = Loader(processEnvironment: [:], fileExists: { _ in true }) { path in
            path == "/srv/demo/Envfile" ? .bytes(Array(text.utf8)) : .absent
        }
        let environment = try loader.load(files: ["/srv/demo/Envfile"]).environment.withScheduledJobs
        let told = try plan(environment).operations.compactMap { planned -> [JobSchedule]? in
            if case .scheduleJobs(let jobs) = planned.operation { jobs.flatMap(\.schedules) } else { nil }
        }
        #expect(
            told == [
                [
                    JobSchedule(
                        cron: try CronExpression("5 4 * * *"), timezone: "UTC", concurrency: .queue, missedFires: .skip),
                    JobSchedule(
                        cron: try CronExpression("@hourly"), timezone: nil, concurrency: .forbid, missedFires: .one),
                ]
            ])
    }

    @Test func howItEndedChangesNothing() throws {
        for reached in [ObservedContainer.State.created, .exited(code: 0), .exited(code: 3), .running] {
            let observed = try state(job(), reached)
            #expect(try plan(environment(job()), observed).isEmpty, "\(reached)")
            #expect(
                try Reconciler(options: Reconciler.Options()).arrivals(desired: environment(job()), observed: observed)
                    .isEmpty, "\(reached)")
        }
    }

    @Test func anotherScheduleIsToldAndAJobThatIsGoneIsTaken() throws {
        let observed = try state(job(), .created)
        #expect(
            try plan(environment(job("@hourly")), observed).description == "+ jobs  backup by the clock")
        let gone = try plan(environment(nil), observed).description
        #expect(gone.contains("- container backup-1") && gone.contains("< stop jobs"), "\(gone)")
    }

    @Test func aHaltSuspendsItAndSoDoesNoPartOfIt() throws {
        let observed = try state(job(), .created)
        let halt = try Reconciler().haltPlan(environment: environment(job()), observed: observed)
        #expect(halt.description.contains("< stop jobs"), "\(halt)")
        let part = try Reconciler(options: Reconciler.Options(services: ["web"]))
            .haltPlan(environment: environment(job()), observed: observed)
        #expect(!part.description.contains("jobs"), "\(part)")
        let up = try plan(environment(job()), observed, Reconciler.Options(services: ["web"]))
        #expect(up.isEmpty, "\(up)")
    }

    @Test func upDoesNotStartAJobByName() throws {
        var environment = PlanningTests.environment(service("web"))
        environment.jobs = [job()]
        do {
            _ = try plan(environment, ObservedState(), Reconciler.Options(services: ["backup"]))
            Issue.record("nothing was thrown")
        } catch let error as PlanningError {
            #expect("\(error)".contains("trice run backup"), "\(error)")
        }
    }
}
