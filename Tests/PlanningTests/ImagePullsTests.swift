import Envfile
import Testing

@testable import Planning

/// `pull_policy`, and what `pull` and `upgrade` ask for.
@Suite(.timeLimit(.minutes(2))) struct ImagePullsTests {
    private func service(_ name: String, _ image: String, _ policy: PullPolicy?, after: [Dependency] = []) -> Service {
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
