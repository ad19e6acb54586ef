import Envfile
import Testing
import Vocabulary

@testable import Planning

/// `pull_policy`, and what `pull` and `upgrade` ask for.
@Suite(.timeLimit(.minutes(2))) struct ImagePullsTests {
    private func service(_ name: ServiceName, _ image: String, _ policy: PullPolicy?, after: [Dependency] = [])
        -> Service
    {
        var service = PlanningTests.service(name, image: image, after: after)
        service.lifecycle.pullPolicy = policy
        return service
    }

    private func text(_ service: Service, _ image: ObservedImage) throws -> String {
        try ImagePulls().plan(environment(service), observed: [service.image: image]).description
    }

    @Test(arguments: [
        (PullPolicy.always, Duration.seconds(1), true), (.missing, .seconds(1_000_000), false),
        (.never, .seconds(1_000_000), false), (.daily, .seconds(86_399), false), (.daily, .seconds(86_400), true),
        (.weekly, .seconds(86_400), false), (.weekly, .seconds(7 * 86_400), true),
        (.every("1h30m"), .seconds(5_399), false), (.every("1h30m"), .seconds(5_400), true),
        (.refresh, .zero, true), (.build, .seconds(1_000_000), false),
    ])
    func asksWhenThePolicySaysSo(_ policy: PullPolicy, _ age: Duration, _ asks: Bool) throws {
        let image = ObservedImage(isPresent: true, sinceCheck: age)
        let plan = try ImagePulls().plan(
            environment(service("web", "nginx:1", policy)), observed: ["nginx:1": image])
        #expect(plan.operations.map(\.operation) == (asks ? [.pullImage(reference: "nginx:1")] : []))
    }

    /// Both are rows of one table while `up` runs.
    @Test func operationsOfPullsAndOfThePlanHaveDifferentIDs() throws {
        let wanted = environment(service("web", "nginx:1", .always), service("db", "db:1", .always))
        let pulls = try ImagePulls().plan(
            wanted, observed: ["nginx:1": ObservedImage(isPresent: true), "db:1": ObservedImage(isPresent: true)])
        let rest = try plan(wanted)
        let ids = (pulls.operations + rest.operations).map(\.id)
        #expect(pulls.operations.count == 2 && rest.operations.count > 2)
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids.map(\.description)).count == ids.count)
    }

    @Test func asksWhereNobodyKnowsWhenItWasPulled() throws {
        let image = ObservedImage(isPresent: true)
        #expect(try text(service("web", "a", .daily), image).contains("not known when it was pulled"))
        #expect(try text(service("web", "a", .missing), image).contains("image a") == false)
    }

    @Test func asksNothingAboutWhatTheLockNamesOrWhatIsMadeHere() throws {
        for image in [
            ObservedImage(isPresent: true, isPinned: true), ObservedImage(isPresent: true, isRemote: false),
        ] {
            let plan = try ImagePulls().plan(
                environment(service("web", "a", .always)), observed: ["a": image])
            #expect(plan.isEmpty)
        }
    }

    @Test func refusesWhatIsMissingAndMayNotBePulled() throws {
        let missing = ObservedImage(isPresent: false)
        let error = #expect(throws: PlanningError.self) {
            try ImagePulls().plan(environment(service("web", "a:1", .never)), observed: ["a:1": missing])
        }
        #expect(error?.code == .imageMissing)
        #expect(error?.message.contains("trice image pull a:1") == true)
        let local = ObservedImage(isPresent: false, isRemote: false)
        #expect(try ImagePulls().plan(environment(service("web", "a", .never)), observed: ["a": local]).isEmpty)
    }

    @Test func pullBringsWhatIsMissingAndAsksAboutTheRest() throws {
        let here = service("here", "a", nil)
        let gone = service("gone", "b", nil)
        let locked = service("locked", "c", nil)
        let observed = [
            "a": ObservedImage(isPresent: true), "b": ObservedImage(isPresent: false),
            "c": ObservedImage(isPresent: true, isPinned: true),
        ]
        func operations(_ pulls: ImagePulls) throws -> Set<Operation> {
            Set(try pulls.plan(environment(here, gone, locked), observed: observed).operations.map(\.operation))
        }
        #expect(
            try operations(ImagePulls(policy: .always, bringsMissing: true))
                == [.pullImage(reference: "a"), .ensureImage(reference: "b")])
        #expect(try operations(ImagePulls(policy: .missing, bringsMissing: true)) == [.ensureImage(reference: "b")])
        #expect(
            try operations(ImagePulls(policy: .always, bringsMissing: true, ignoresLock: true))
                == [.pullImage(reference: "a"), .pullImage(reference: "b"), .pullImage(reference: "c")])
    }

    /// A job that is only started by hand is nothing of `up`; `pull` brings its image all the same.
    @Test func jobsCountWhereTheyAreAskedFor() throws {
        var wanted = environment(service("database", "d", .always), service("web", "w", .always))
        wanted.jobs = [
            service("backup", "b", nil, after: [started("database")]), service("report", "r", nil),
        ]
        let names = ["d", "w", "b", "r"]
        let observed = Dictionary(uniqueKeysWithValues: names.map { ($0, ObservedImage(isPresent: true)) })
        func images(_ services: Set<ServiceName> = [], dependencies: Bool = false, jobs: Bool = true) throws -> Set<
            String
        > {
            let pulls = ImagePulls(
                policy: .always, services: services, includesDependencies: dependencies, bringsMissing: true,
                includesJobs: jobs)
            return Set(
                try pulls.plan(wanted, observed: observed).operations.compactMap { planned in
                    if case .pullImage(let name) = planned.operation { name } else { nil }
                })
        }
        #expect(try images() == ["d", "w", "b", "r"])
        #expect(try images(jobs: false) == ["d", "w"])
        #expect(try images(["report"]) == ["r"])
        #expect(try images(["report"], dependencies: true) == ["r"])
        #expect(try images(["backup"]) == ["b"])
        #expect(try images(["backup"], dependencies: true) == ["b", "d"])
        #expect(try images(["backup", "web"]) == ["b", "w"])
        #expect(throws: PlanningError.self) { try images(["nothing"]) }
        #expect(throws: PlanningError.self) { try images(["report"], jobs: false) }
    }

    @Test func looksAtTheServicesThatAreMeant() throws {
        let database = service("database", "d", .always)
        let web = service("web", "w", .always, after: [started("database")])
        let observed = ["d": ObservedImage(isPresent: true), "w": ObservedImage(isPresent: true)]
        func images(_ pulls: ImagePulls) throws -> [Operation] {
            try pulls.plan(environment(database, web), observed: observed).operations.map(\.operation)
        }
        #expect(
            try images(ImagePulls(services: ["web"])) == [.pullImage(reference: "d"), .pullImage(reference: "w")])
        #expect(
            try images(ImagePulls(services: ["web"], includesDependencies: false)) == [.pullImage(reference: "w")])
        #expect(throws: PlanningError.self) { try images(ImagePulls(services: ["wbe"])) }
    }
}
