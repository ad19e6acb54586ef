import Envfile
import Planning
import Testing
import Vocabulary

/// Pulls, builds and all else are one plan; what images turn out to be is planned once more.
@Suite(.timeLimit(.minutes(2))) struct PhaseTests {
    private func built(_ name: ServiceName, image: String) -> Service {
        var service = service(name, image: image)
        service.build = Build(context: .directory("/srv/demo"))
        return service
    }

    private func pulled(_ name: ServiceName, image: String) -> Service {
        var service = service(name, image: image)
        service.lifecycle.pullPolicy = .always
        return service
    }

    @Test func pullsAndBuildsComeFirstAndCountWithTheRest() throws {
        let wanted = environment(
            built("api", image: "api"), pulled("db", image: "db:1"), service("web", image: "web:1"))
        var state = ObservedState(images: ["db:1": "sha256:db"])
        state.imageSources = ["db:1": ObservedImage(isPresent: true)]
        state.dueBuilds = ["api": DueBuild(service: "api", cause: "not in the store")]
        let plan = try plan(wanted, state)
        #expect(
            plan.description == """
                + image api        not in the store
                ? image db:1       pull policy is always
                + image web:1      not in the store
                + network default  does not exist
                + container api-1  does not exist
                + container db-1   does not exist
                + container web-1  does not exist
                # service api: `up` will build its image
                """)
        #expect(
            plan.operationList == """
                1 build image api
                2 pull image db:1
                3 ensure image web:1
                4 start supervisor
                5 create network default [1 2 3]
                6 create container api-1 [1 5]
                7 create container db-1 [2 5]
                8 create container web-1 [3 5]
                9 apply firewall of default [~5]
                10 apply names [~6 ~7 ~8]
                11 start container api-1 [4 6 9 10]
                12 start container db-1 [4 7 9 10]
                13 start container web-1 [4 8 9 10]
                """)
        expectWellFormed(plan)
        #expect(plan.imageOperations.map(\.id.number) == [1, 2, 3])
        #expect(plan.hasChanges)
    }

    @Test func whatImagesAreIsPlannedWithAfterwards() throws {
        let wanted = environment(pulled("db", image: "db:1"), pulled("web", image: "web:1"))
        var state = upped(wanted)
        state.imageSources = ["db:1": ObservedImage(isPresent: true), "web:1": ObservedImage(isPresent: true)]
        let asked = try plan(wanted, state)
        #expect(
            asked.description == """
                ? image db:1   pull policy is always
                ? image web:1  pull policy is always
                # container db-1 is recreated if image db:1 has changed
                # container web-1 is recreated if image web:1 has changed
                """)
        #expect(!asked.hasChanges && !asked.isEmpty)

        state.imageSources = [:]
        #expect(try asked.continued(by: plan(wanted, state)).operations == asked.operations)
        state.images["web:1"] = "sha256:newer"
        let rest = try asked.continued(by: plan(wanted, state))
        #expect(
            rest.operationList == """
                1 pull image db:1
                2 pull image web:1
                3 stop container web-1
                4 remove container web-1 [3]
                5 create container web-1 [4]
                6 apply names [~4 ~5]
                7 start container web-1 [5]
                """)
        expectWellFormed(rest)
        #expect(rest.hasChanges && rest.notes.isEmpty)
    }

    @Test func aBuildThatOnlyItselfCanJudgeIsAQuestion() throws {
        let wanted = environment(built("web", image: "web"))
        var state = upped(wanted)
        state.dueBuilds = ["web": DueBuild(service: "web", cause: "its source may have changed", isCertain: false)]
        let open = try plan(wanted, state)
        #expect(
            open.description == """
                ? image web  its source may have changed
                # container web-1 is recreated if image web has changed
                """)
        #expect(!open.hasChanges)
        state.dueBuilds = ["web": DueBuild(service: "web", cause: "COPY . .: a changed")]
        #expect(
            try plan(wanted, state).description == """
                + image web        COPY . .: a changed
                ~ container web-1  image web is built anew
                """)
    }

    @Test func whatIsMissingAndMayNotBePulledIsAnError() throws {
        var web = service("web", image: "a:1")
        web.lifecycle.pullPolicy = .never
        var state = ObservedState()
        state.imageSources = ["a:1": ObservedImage(isPresent: false)]
        let error = #expect(throws: PlanningError.self) { try plan(environment(web), state) }
        #expect(error?.code == .imageMissing)
        web.lifecycle.pullPolicy = nil
        #expect(throws: Never.self) { try plan(environment(web), state) }
    }

    @Test func theRequestsPullPolicyCounts() throws {
        let wanted = environment(service("web", image: "a:1"))
        var state = upped(wanted)
        state.imageSources = ["a:1": ObservedImage(isPresent: true)]
        #expect(try plan(wanted, state).isEmpty)
        let asked = try plan(wanted, state, Reconciler.Options(pullPolicy: .always))
        #expect(asked.operationList == "1 pull image a:1")
    }

    @Test func aMissingSupervisorTakesOverWhatRuns() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.hasSupervisor = false
        #expect(try plan(wanted, state).description == "> start supervisor  does not run")
        #expect(
            try plan(nil, state).operationList == """
                1 start supervisor
                2 stop container web-1 [1]
                3 remove container web-1 [~1 ~2]
                4 remove network default [~3]
                5 apply firewall [~3]
                """)
        state.update("web") { $0.state = .exited(code: 1) }
        #expect(
            try plan(wanted, state).operationList == """
                1 start supervisor
                2 start container web-1 [1]
                """)
        #expect(try plan(wanted, state).description == "> start container web-1  exited with code 1")
        let created = try plan(
            wanted, ObservedState(images: state.images, networks: state.networks), Reconciler.Options(starts: false))
        #expect(created.operationList == "1 create container web-1\n2 apply names [~1]")
    }

    @Test func rulesGoBesideTheirNetworkAndStayForTheOthers() throws {
        let old = environment(service("old", networks: ["back"]), service("web"))
        #expect(
            try plan(environment(service("web")), upped(old)).operationList == """
                1 stop container old-1
                2 remove container old-1 [~1]
                3 remove network back [~2]
                4 apply firewall of default [~2]
                5 apply names [~2]
                """)
    }

    @Test func thePacketFilterForgetsThePortsOfWhatIsRemoved() throws {
        let old = environment(service("old", ports: [81]), service("web", ports: [80]))
        let plan = try plan(environment(service("web", ports: [80])), upped(old))
        #expect(plan.description == "- container old-1  no longer in the Envfile")
        #expect(
            plan.operationList == """
                1 stop container old-1
                2 remove container old-1 [~1]
                3 apply names [~2]
                4 publish ports of web-1 [~2]
                """)
    }
}
