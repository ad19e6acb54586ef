import Envfile
import Planning
import Testing
import Vocabulary

/// Plans with `provision`: after the start, in order, and before what depends on it.
@Suite(.timeLimit(.minutes(1))) struct ProvisionPlanTests {
    private func web(after dependencies: [Dependency] = [healthy("db")]) -> Service {
        var web = service("web", after: dependencies)
        web.tools.provisioners = [
            Provisioner(name: "packages", .shell("install make")),
            Provisioner(name: "schema", .shell("migrate"), policy: .changed, inputs: ["db/*"]),
        ]
        return web
    }

    private var options: Reconciler.Options {
        var options = Reconciler.Options(removesOrphans: true)
        options.provisioning = .due
        return options
    }

    private var all: Environment {
        environment(
            service("db"), web(), service("proxy", after: [started("web")]), service("test", after: [healthy("web")]))
    }

    @Test func stepsRunAfterTheStartAndBeforeWhatDependsOnIt() throws {
        let plan = try plan(all, ObservedState(), options)
        expectWellFormed(plan)
        #expect(
            plan.description == """
                + image busybox               not in the store
                + network default             does not exist
                + container db-1              does not exist
                + container web-1             does not exist  after db-1 is healthy
                > run step packages of web-1  has not run
                > run step schema of web-1    has not run
                + container proxy-1           does not exist  after web-1 has started
                + container test-1            does not exist  after web-1 is healthy
                """, "\(plan)")
        func operation(_ verb: String, _ resource: String) throws -> PlannedOperation {
            try #require(plan.operations.first { $0.operation.verb == verb && "\($0.resource)" == resource })
        }
        let (packages, schema) = (
            try operation("run", "step packages of web-1"), try operation("run", "step schema of web-1")
        )
        #expect(packages.dependsOn == [try operation("start", "container web-1").id])
        #expect(schema.dependsOn == [packages.id])
        #expect(try operation("start", "container proxy-1").dependsOn.contains(schema.id))
        #expect(try operation("wait for", "container web-1").dependsOn.contains(schema.id))
    }

    @Test func whatHasRunIsNotInThePlan() throws {
        var observed = upped(all)
        let first = try plan(all, observed, options)
        #expect(
            first.description == """
                > run step packages of web-1  has not run
                > run step schema of web-1    has not run
                """)
        observed = observed.applying(first)
        #expect(try plan(all, observed, options).description == "nothing to do")
        observed.stepContents = ["web": ["schema": ["input db/002.sql": "sha256:1"]]]
        #expect(
            try plan(all, observed, options).description == "> run step schema of web-1  input db/002.sql added")
        // A container that is made anew has run nothing.
        var anew = options
        anew.recreation = .always
        anew.services = ["web"]
        let recreated = try plan(all, observed, anew).description
        #expect(recreated.contains("> run step packages of web-1  has not run"), "\(recreated)")
    }

    @Test func whatOutlivedARestartOfTheMachineHasRun() throws {
        var observed = upped(all)
        observed = observed.applying(try plan(all, observed, options))
        observed.containers = []
        let again = try plan(all, observed, options).description
        #expect(again.contains("+ container web-1") && !again.contains("run step"), "\(again)")
        // Not so on another image.
        observed.images["busybox"] = "sha256:other"
        let other = try plan(all, observed, options).description
        #expect(other.contains("run step packages of web-1"), "\(other)")
    }

    @Test func nothingRunsWhereNothingIsAskedForOrStarted() throws {
        #expect(try !plan(all, ObservedState()).description.contains("step"))
        var created = options
        created.starts = false
        #expect(try !plan(all, ObservedState(), created).description.contains("step"))
        // A stopped container starts first.
        var observed = upped(all)
        observed.update("web") { $0.state = .exited(code: 1) }
        let plan = try plan(all, observed, options)
        let start = try #require(plan.operations.first { $0.operation.startsContainer })
        let step = try #require(plan.operations.first { $0.operation.verb == "run" })
        #expect(step.dependsOn == [start.id])
    }

    @Test func everyContainerOfAServiceHasItsOwnSteps() throws {
        var scaled = web(after: [])
        scaled.lifecycle.scale = 2
        let plan = try plan(environment(scaled), ObservedState(), options)
        let steps = plan.operations.filter { $0.operation.verb == "run" }.map { "\($0.resource)" }
        #expect(
            Set(steps) == [
                "step packages of web-1", "step schema of web-1", "step packages of web-2", "step schema of web-2",
            ])
    }

    @Test func provisionAloneTouchesOnlyWhatRuns() throws {
        var observed = upped(all)
        observed.update("db") { $0.state = .exited(code: 1) }
        var named = options
        named.provisioning = .named(["schema"])
        let plan = try Reconciler(options: named).provisionPlan(desired: all, observed: observed)
        #expect(plan.description == "> run step schema of web-1  asked for")
        observed.update("web") { $0.state = .exited(code: 1) }
        #expect(try Reconciler(options: named).provisionPlan(desired: all, observed: observed).isEmpty)
    }

    @Test func aBakedImageTakesThePlaceOfTheSteps() throws {
        let steps = ProvisionStep.all(of: web(), contents: [:])
        let baked = BakedImage(
            reference: "localhost/baked/web:1", imageID: "sha256:baked",
            steps: Dictionary(uniqueKeysWithValues: steps.map { ($0.step.name, $0.fingerprint) }))
        var observed = ObservedState()
        observed.images = ["busybox": "sha256:busybox"]
        observed.bakedImages = ["web": baked]
        let plan = try plan(all, observed, options)
        #expect(!plan.description.contains("step"), "\(plan)")
        let created = plan.operations.compactMap { planned -> String? in
            guard case .createContainer(let container, _) = planned.operation else { return nil }
            return "\(container.id) \(container.bakedImage ?? "-")"
        }
        #expect(created.sorted() == ["db-1 -", "proxy-1 -", "test-1 -", "web-1 localhost/baked/web:1"])
        // A container of it is one of the service's image, and its steps go on from there.
        observed = upped(all)
        observed.bakedImages = [:]
        observed.update("web") {
            $0.imageID = "sha256:baked"
            $0.baseImageID = "sha256:busybox"
        }
        observed.provisioned[id("web")] = ProvisionedContainer(
            imageID: "sha256:baked", steps: baked.steps.mapValues { RanStep(fingerprint: $0) })
        #expect(try PlanningTests.plan(all, observed, options).description == "nothing to do")
        observed.images["busybox"] = "sha256:newer"
        #expect(try PlanningTests.plan(all, observed, options).description.contains("~ container web-1"))
    }

    @Test func aBakedImageOfARegistryIsBroughtForWhatIsMade() throws {
        let steps = ProvisionStep.all(of: web(), contents: [:])
        var observed = ObservedState()
        observed.images = ["busybox": "sha256:busybox"]
        observed.bakedImages = [
            "web": BakedImage(
                reference: "localhost/baked/web:1", imageID: "",
                steps: Dictionary(uniqueKeysWithValues: steps.map { ($0.step.name, $0.fingerprint) }))
        ]
        observed.bakedOffers = ["web": "r.example/shop:web-1@sha256:1"]
        let made = try plan(environment(web(after: [])), observed, options)
        expectWellFormed(made)
        #expect(
            made.description == """
                + image r.example/shop:web-1  has what the steps of web do
                + network default             does not exist
                + container web-1             does not exist
                """, "\(made)")
        // What runs goes on as it is.
        var running = upped(environment(web(after: [])))
        (running.bakedImages, running.bakedOffers) = (observed.bakedImages, observed.bakedOffers)
        #expect(!(try plan(environment(web(after: [])), running, options)).description.contains("image"))
    }

    @Test func theKeyFollowsFromBaseAndSteps() throws {
        func key(_ base: String, _ change: (inout Service) -> Void = { _ in }) throws -> String? {
            var web = web()
            change(&web)
            return BakedImage.key(base: base, steps: ProvisionStep.all(of: web, contents: [:]))
        }
        #expect(try key("sha256:1") == key("sha256:1"))
        #expect(try key("sha256:1") != key("sha256:2"))
        #expect(try key("sha256:1") != key("sha256:1") { $0.tools.provisioners[0].action = .shell("other") })
        // What always runs is no part of it.
        #expect(
            try key("sha256:1")
                == key("sha256:1") {
                    $0.tools.provisioners.append(Provisioner(name: "x", .shell("x"), policy: .always))
                })
        #expect(try key("sha256:1") { $0.tools.provisioners = [] } == nil)
    }
}
