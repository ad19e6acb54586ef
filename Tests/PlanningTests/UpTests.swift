import Envfile
import Planning
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct UpTests {
    @Test func fromNothing() throws {
        let web = service(
            "web", image: "bootstrap:busybox", mounts: [volumeMount("data")], ports: [80], after: [completed("init")])
        let plan = try plan(environment(web, service("init", image: "bootstrap:busybox")))
        #expect(
            plan.description == """
                + image bootstrap:busybox  not in the store
                + network default          does not exist
                + volume data              does not exist
                + container init-1         does not exist
                + container web-1          does not exist  after init-1 has completed
                + ports                    web-1 not yet published
                """)
        #expect(
            plan.operationList == """
                1 ensure image bootstrap:busybox
                2 start supervisor
                3 create network default [1]
                4 create volume data [1]
                5 create container init-1 [1 3]
                6 create container web-1 [1 3 4]
                7 apply firewall of default [~3]
                8 apply names [~5 ~6]
                9 publish ports of web-1 [~2 ~6 ~7]
                10 start container init-1 [2 5 7 8]
                11 wait for container init-1 service_completed_successfully [2 10]
                12 start container web-1 [2 6 7 8 11]
                """)
        expectWellFormed(plan)
    }

    @Test func secondTimeIsEmpty() throws {
        let wanted = environment(
            service("db", mounts: [volumeMount("data")]), service("init", after: [healthy("db")]),
            service("web", ports: [80, 443], after: [completed("init"), started("db", restarts: true)]))
        let first = try plan(wanted)
        expectWellFormed(first)
        let second = try plan(wanted, ObservedState().applying(first, completing: ["init"]))
        #expect(second.isEmpty)
        #expect(second.description == "nothing to do")
    }

    @Test func commandChanged() throws {
        let old = environment(service("web", command: "a", ports: [80]))
        let plan = try plan(environment(service("web", command: "b", ports: [80])), upped(old))
        #expect(
            plan.description == """
                ~ container web-1  command changed
                + ports            web-1 not yet published
                """)
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 remove container web-1 [1]
                3 create container web-1 [2]
                4 apply names [~2 ~3]
                5 publish ports of web-1 [~2 ~3]
                6 start container web-1 [3]
                """)
    }

    @Test func imageChangedIsFetchedBeforeAnythingStops() throws {
        let plan = try plan(environment(service("web", image: "b:2")), upped(environment(service("web", image: "a:1"))))
        #expect(
            plan.description == """
                + image b:2        not in the store
                ~ container web-1  image changed: a:1 → b:2
                """)
        #expect(
            plan.operationList == """
                1 ensure image b:2
                2 stop container web-1 [1]
                3 remove container web-1 [1 2]
                4 create container web-1 [1 3]
                5 apply names [~3 ~4]
                6 start container web-1 [4]
                """)
    }

    @Test func imageUpdatedUnderTheSameReference() throws {
        let wanted = environment(service("web", image: "nginx:1"))
        var state = upped(wanted)
        state.images["nginx:1"] = "sha256:new"
        #expect(try plan(wanted, state).description == "~ container web-1  image nginx:1 was updated")
    }

    @Test func imageGoneFromTheStoreDisturbsNothing() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.images = [:]
        #expect(try plan(wanted, state).isEmpty)
    }

    @Test func manyChangesAreCounted() throws {
        let old = environment(service("web", command: "a", environment: ["A": "1", "B": "1", "C": "1"]))
        let new = environment(service("web", command: "b", environment: ["A": "2", "B": "2", "D": "1"]))
        #expect(
            try plan(new, upped(old)).description
                == "~ container web-1  command changed, environment A changed, environment B changed and 2 more")
    }

    @Test func exitedContainersStartAgain() throws {
        let wanted = environment(service("a"), service("b"), service("c"))
        var state = upped(wanted)
        state.update("a") { $0.state = .exited(code: 3) }
        state.update("b") { $0.state = .exited(code: 0) }
        state.update("c") { $0.state = .created }
        #expect(
            try plan(wanted, state).description == """
                > start container a-1  exited with code 3
                > start container b-1  exited with code 0
                > start container c-1  has not been started
                """)
    }

    @Test func failedJobRunsAgainAndDependentsStay() throws {
        let wanted = environment(service("init"), service("web", after: [completed("init")]))
        var state = upped(wanted)
        state.update("init") { $0.state = .exited(code: 1) }
        let plan = try plan(wanted, state)
        #expect(plan.description == "> start container init-1  exited with code 1")
        #expect(plan.operationList == "1 start container init-1")
    }

    @Test func changedJobRunsAgain() throws {
        let old = environment(service("init", command: "a"), service("web", after: [completed("init")]))
        let new = environment(service("init", command: "b"), service("web", after: [completed("init")]))
        #expect(try plan(new, upped(old)).description == "~ container init-1  command changed")
    }

    @Test func doneJobIsNotWaitedFor() throws {
        let wanted = environment(service("init"), service("web", after: [completed("init")]))
        var state = upped(wanted)
        state.update("web") { $0.state = .exited(code: 137) }
        #expect(try plan(wanted, state).operationList == "1 start container web-1")
    }

    @Test func runningJobIsWaitedFor() throws {
        let wanted = environment(service("init"), service("web", after: [completed("init")]))
        var state = upped(wanted)
        state.update("init") { $0.state = .running }
        state.update("web") { $0.state = .created }
        #expect(
            try plan(wanted, state).operationList == """
                1 wait for container init-1 service_completed_successfully
                2 start container web-1 [1]
                """)
    }

    @Test func healthOfARunningDependencyIsAwaited() throws {
        let wanted = environment(
            service("db"), service("api", after: [healthy("db")]), service("web", after: [healthy("db")]))
        var state = upped(wanted)
        state.containers.removeAll { $0.id.service != "db" }
        #expect(
            try plan(wanted, state).operationList == """
                1 create container api-1
                2 create container web-1
                3 wait for container db-1 service_healthy
                4 apply names [~1 ~2]
                5 start container api-1 [1 3 4]
                6 start container web-1 [2 3 4]
                """)
    }

    @Test func chainStartsInOrder() throws {
        let wanted = environment(service("a", after: [started("b")]), service("b", after: [healthy("c")]), service("c"))
        var state = ObservedState(images: ["busybox": "sha256:busybox"])
        state.networks = upped(wanted).networks
        #expect(
            try plan(wanted, state).description == """
                + container c-1  does not exist
                + container b-1  does not exist  after c-1 is healthy
                + container a-1  does not exist  after b-1 has started
                """)
    }

    /// Attributes: `depends_on.*.required`
    @Test func optionalDependencyIsFollowedNotNeeded() throws {
        var dependency = healthy("cache")
        dependency.isRequired = false
        let wanted = environment(service("cache"), service("web", after: [dependency]))
        let state = ObservedState(images: ["busybox": "x"], networks: upped(wanted).networks)
        #expect(
            try plan(wanted, state).operationList == """
                1 start supervisor
                2 create container cache-1
                3 create container web-1
                4 apply names [~2 ~3]
                5 start container cache-1 [1 2 4]
                6 wait for container cache-1 service_healthy [1 5]
                7 start container web-1 [1 3 4 ~6]
                """)
        dependency.service = "absent"
        #expect(try plan(environment(service("web", after: [dependency]))).operations.count == 7)
    }

    @Test func recreatedDependencyLeavesDependentsAlone() throws {
        let old = environment(service("db", command: "a"), service("web", after: [started("db")]))
        let new = environment(service("db", command: "b"), service("web", after: [started("db")]))
        #expect(try plan(new, upped(old)).description == "~ container db-1  command changed")
    }

    /// Attributes: `depends_on.*.restart`
    @Test func recreatedDependencyRestartsWhoAsksForIt() throws {
        let old = environment(service("db", command: "a"), service("web", after: [started("db", restarts: true)]))
        let new = environment(service("db", command: "b"), service("web", after: [started("db", restarts: true)]))
        let plan = try plan(new, upped(old))
        #expect(
            plan.description == """
                ~ container db-1           command changed
                > restart container web-1  dependency db is made anew  after db-1 has started
                """)
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 stop container db-1 [~1]
                3 remove container db-1 [2]
                4 create container db-1 [3]
                5 apply names [~3 ~4]
                6 start container db-1 [4]
                7 start container web-1 [1 6]
                """)
        expectWellFormed(plan)
    }

    @Test func incompleteContainerIsReplaced() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.update("web") { $0.state = .incomplete }
        let plan = try plan(wanted, state)
        #expect(plan.description == "~ container web-1  is incomplete")
        #expect(
            plan.operationList == """
                1 remove container web-1
                2 create container web-1 [1]
                3 apply names [~1 ~2]
                4 start container web-1 [2 3]
                """)
    }

    @Test func portsAreRepublished() throws {
        let wanted = environment(service("api", ports: [81]), service("web", ports: [80]))
        var state = upped(wanted)
        state.publishedPorts = [ContainerID(service: "web", number: 1), ContainerID(service: "old", number: 1)]
        let plan = try plan(wanted, state)
        #expect(plan.description == "+ ports  api-1 not yet published; old-1 no longer published")
        #expect(plan.operationList == "1 publish ports of api-1, web-1")
        let quiet = environment(service("api"))
        var stale = upped(quiet)
        stale.publishedPorts = [ContainerID(service: "old", number: 1)]
        #expect(
            try Reconciler().plan(desired: quiet, observed: stale).description == "- ports  old-1 no longer published")
    }

    @Test func portsChanged() throws {
        let old = environment(service("web", ports: [80, 81]))
        let new = environment(service("web", ports: [80, 82]))
        #expect(
            try plan(new, upped(old)).description == """
                ~ container web-1  port 81/tcp removed, port 82/tcp added
                + ports            web-1 not yet published
                """)
    }

    @Test func terminalSequencesAreEscaped() throws {
        let plan = try plan(environment(service("web", image: "a\u{1b}[2J\nb", networks: [])))
        #expect(plan.description.hasPrefix("+ image a\\u{1b}[2J\\u{a}b  not in the store\n"))
    }
}
