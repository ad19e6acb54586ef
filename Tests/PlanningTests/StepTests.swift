import Envfile
import Planning
import Testing
import Vocabulary

/// Plans with `pre_start`: what runs to its end before a service starts for the first time.
@Suite(.timeLimit(.minutes(1))) struct StepTests {
    /// A service with one step for all and one for each container.
    private func web(_ count: Int = 1, command: String = "migrate") -> Service {
        var web = service("web", after: [healthy("db")])
        web.lifecycle.scale = count
        var each = service("web", image: "tools", command: "warm", mounts: [volumeMount("data")])
        each.lifecycle.runsPerReplica = true
        web.lifecycle.preStart = [service("web", command: command), each]
        return web
    }

    private func state(_ environment: Environment, _ state: ObservedContainer.State = .running) -> ObservedState {
        var observed = upped(environment)
        observed.volumes = ["data"]
        observed.images["tools"] = "sha256:tools"
        observed.update("web") { $0.state = state }
        return observed
    }

    private func environment(_ web: Service) -> Environment {
        PlanningTests.environment(service("db"), web, volumes: [Volume(name: "data")])
    }

    @Test func stepsRunInOrderAfterTheDependenciesAndBeforeTheStart() throws {
        let plan = try plan(environment(web()), ObservedState())
        #expect(
            plan.description == """
                + image busybox                    not in the store
                + image tools                      not in the store
                + network default                  does not exist
                + volume data                      does not exist
                + container db-1                   does not exist
                > run container web-pre-start-1-1  step 1 before web starts
                > run container web-pre-start-2-1  step 2 before web starts
                + container web-1                  does not exist  after db-1 is healthy, \
                web-pre-start-2-1 has completed
                """)
        let list = plan.operationList
        #expect(list.contains("run container web-pre-start-1-1 ["), "\(list)")
        let first = try #require(plan.operations.first { "\($0.resource)" == "container web-pre-start-1-1" })
        let wait = try #require(plan.operations.first { $0.operation.verb == "wait for" })
        #expect(first.dependsOn.contains(wait.id), "\(list)")
        let second = try #require(plan.operations.first { "\($0.resource)" == "container web-pre-start-2-1" })
        #expect(second.dependsOn.contains(first.id))
    }

    @Test func aServiceThatHasStartedRunsThemNoMore() throws {
        for reached in [ObservedContainer.State.running, .exited(code: 0), .exited(code: 1)] {
            let plan = try plan(environment(web()), state(environment(web()), reached))
            #expect(!plan.operations.contains { $0.operation.verb == "run" }, "\(plan)")
        }
        var restart = Reconciler.Options(recreation: .never)
        restart.makes = false
        restart.restartsRunning = true
        let again = try plan(environment(web()), state(environment(web())), restart)
        #expect(!again.operations.contains { $0.operation.verb == "run" }, "\(again)")
    }

    @Test func whatWasNeverStartedRunsThemOnceMore() throws {
        var observed = state(environment(web()), .created)
        var failed = container(service("web-pre-start-1"), .exited(code: 3))
        failed.isOneOff = true
        observed.containers.append(failed)
        #expect(
            try plan(environment(web()), observed).description == """
                > run container web-pre-start-1-1  step 1 before web starts
                > run container web-pre-start-2-1  step 2 before web starts
                > start container web-1            has not been started  after db-1 is healthy, \
                web-pre-start-2-1 has completed
                """)
        // Its steps are gone from the file, and so is what they left.
        let without = service("web", after: [healthy("db")])
        #expect(try plan(environment(without), observed).description.contains("- container web-pre-start-1-1"))
    }

    @Test func anotherDefinitionMakesTheServiceAnew() throws {
        let plan = try plan(environment(web(command: "migrate --all")), state(environment(web())))
        #expect(plan.description.contains("~ container web-1"), "\(plan)")
        #expect(plan.description.contains("pre start changed"), "\(plan)")
        #expect(plan.description.contains("run container web-pre-start-1-1"), "\(plan)")
    }

    @Test func scalingRunsOnlyThoseOfEachContainer() throws {
        let more = try plan(environment(web(2)), state(environment(web())))
        #expect(
            more.description == """
                > run container web-pre-start-2-2  step 2 before web starts
                + container web-2                  does not exist  after db-1 is healthy, \
                web-pre-start-2-2 has completed
                """)
        // Two at once share the one for all, and wait for it.
        let both = try plan(environment(web(2)), ObservedState())
        let once = both.operations.filter { "\($0.resource)".hasPrefix("container web-pre-start-1") }
        #expect(once.count == 1, "\(both)")
        for number in 1...2 {
            let each = try #require(
                both.operations.first { "\($0.resource)" == "container web-pre-start-2-\(number)" })
            #expect(each.dependsOn.contains(once[0].id), "\(both.operationList)")
        }
    }

    @Test func nothingRunsWhereNothingStarts() throws {
        let plan = try plan(environment(web()), ObservedState(), Reconciler.Options(starts: false))
        #expect(!plan.operations.contains { $0.operation.verb == "run" }, "\(plan)")
    }
}
