import Envfile
import Planning
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct DownTests {
    private let full = environment(
        service("db", mounts: [volumeMount("data")]), service("init"),
        service("web", ports: [80], after: [started("db"), completed("init")]))

    @Test func removesEverythingInReverse() throws {
        let plan = try plan(nil, upped(full))
        #expect(
            plan.description == """
                - container web-1   environment goes down
                - container db-1    environment goes down
                - container init-1  environment goes down
                - ports             environment goes down
                - network default   environment goes down
                # volume data is kept
                """)
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 stop container db-1 [~1]
                3 withdraw ports [~1 ~2]
                4 remove container db-1 [~2 ~3]
                5 remove container init-1 [~3]
                6 remove container web-1 [~1 ~3]
                7 remove network default [~4 ~5 ~6]
                8 apply firewall [~4 ~5 ~6]
                """)
        expectWellFormed(plan)
    }

    @Test func removesVolumesWhenAsked() throws {
        let plan = try plan(nil, upped(full), Reconciler.Options(removesVolumes: true))
        #expect(plan.description.hasSuffix("- volume data       environment goes down"))
        #expect(upped(full).applying(plan) == ObservedState(images: upped(full).images, hasSupervisor: true))
    }

    @Test func upNeverRemovesVolumes() throws {
        let plan = try plan(
            environment(service("web")), upped(full), Reconciler.Options(removesOrphans: true, removesVolumes: true))
        #expect(!plan.operations.contains { if case .removeVolume = $0.operation { true } else { false } })
    }

    @Test func nothingIsThere() throws {
        #expect(try plan(nil).isEmpty)
    }

    @Test func brokenThingsGoToo() throws {
        var state = upped(environment(service("web")))
        state.networks["default"]?.isComplete = false
        state.update("web") {
            $0.state = .incomplete
            $0.networks = []
        }
        #expect(
            try plan(nil, state).operationList == """
                1 remove container web-1
                2 remove network default [~1]
                3 apply firewall [~1]
                """)
    }

    @Test func gracePeriodIsTheContainersOwn() throws {
        var state = upped(environment(service("web")))
        state.update("web") { $0.stopGracePeriod = .seconds(3) }
        #expect(
            try plan(nil, state).operations.first?.operation
                == .stopContainer(ContainerID(service: "web", number: 1), gracePeriod: .seconds(3)))
    }

    @Test func stopsFollowThroughWhatDoesNotRun() throws {
        let chain = environment(service("a", after: [started("b")]), service("b", after: [started("c")]), service("c"))
        var state = upped(chain)
        state.update("b") { $0.state = .exited(code: 0) }
        #expect(
            try plan(nil, state).operationList.hasPrefix(
                """
                1 stop container a-1
                2 remove container b-1
                3 stop container c-1 [~1]
                """))
    }

    @Test func circularRecordsCannotStopADown() throws {
        var state = upped(environment(service("a"), service("b")))
        state.update("a") { $0.dependencies = ["b", "a", "gone"] }
        state.update("b") { $0.dependencies = ["a"] }
        let plan = try plan(nil, state)
        expectWellFormed(plan)
        #expect(state.applying(plan).containers.isEmpty)
    }

    @Test func repeatedRecordsCountOnce() throws {
        var state = upped(environment(service("a")))
        state.containers += state.containers
        #expect(try plan(nil, state).operations.count == 4)
    }

    @Test func aDeepChainIsNoProblem() throws {
        let services = (0..<3000).map { index in
            service(
                ServiceName(unchecked: "s\(index)"),
                after: index == 0 ? [] : [started(ServiceName(unchecked: "s\(index - 1)"))])
        }
        let wanted = Environment(
            name: "deep", directory: "/", services: services, networks: [Network(name: "default")], volumes: [],
            dialect: .trice)
        let up = try plan(wanted)
        #expect(up.operations.last?.operation.verb == "start")
        #expect(up.operations.last?.resource == .container(ContainerID(service: "s2999", number: 1)))
        let down = try plan(nil, ObservedState().applying(up))
        #expect(down.operations.first?.operation.resource == .container(ContainerID(service: "s2999", number: 1)))
    }

    @Test func haltKeepsContainers() throws {
        let observed = upped(full)
        let plan = try Reconciler().haltPlan(environment: full, observed: observed)
        #expect(
            plan.description == """
                < stop container web-1  environment halts
                < stop container db-1   environment halts
                - ports                 environment halts
                """)
        #expect(try Reconciler().haltPlan(environment: full, observed: observed.applying(plan)).isEmpty)
        #expect(
            try Planning.Reconciler().plan(desired: full, observed: observed.applying(plan)).description == """
                > start container db-1   exited with code 143
                > start container web-1  exited with code 143  after db-1 has started
                + ports                  web-1 not yet published
                """)
    }

    @Test func haltOfOneServiceKeepsTheOthersPorts() throws {
        let two = environment(service("api", ports: [81]), service("web", ports: [80]))
        let plan = try Reconciler(options: .init(services: ["api"])).haltPlan(environment: nil, observed: upped(two))
        #expect(
            plan.operationList == """
                1 stop container api-1
                2 publish ports of web-1 [~1]
                """)
    }
}
