import Envfile
import Planning
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct OptionTests {
    @Test func orphansAreRemoved() throws {
        let old = environment(service("old", networks: ["back"]), service("web"))
        let plan = try plan(environment(service("web")), upped(old))
        #expect(
            plan.description == """
                - container old-1  no longer in the Envfile
                - network back     no longer in the Envfile
                """)
        #expect(
            plan.operationList == """
                1 stop container old-1
                2 remove container old-1 [~1]
                3 remove network back [~2]
                4 apply firewall of default [~2]
                5 apply names [~2]
                """)
    }

    @Test func orphansAreKeptUnasked() throws {
        let old = environment(service("old", networks: ["back"]), service("web"))
        #expect(
            try plan(environment(service("web")), upped(old), Reconciler.Options()).description == """
                nothing to do
                # container old-1 is no longer in the Envfile and is kept
                # network back is no longer in the Envfile and is kept
                """)
    }

    @Test func inactiveServicesAreNoOrphans() throws {
        let old = environment(service("debug", networks: ["back"]), service("web"))
        let options = Reconciler.Options(removesOrphans: true, inactiveServices: ["debug"])
        #expect(try plan(environment(service("web")), upped(old), options).description == "nothing to do")
    }

    @Test func whatDoesNotStartByItselfWaitsUntilItIsNamedOrNeeded() throws {
        var tool = service("tool")
        tool.tools.startsAutomatically = false
        let wanted = environment(tool, service("web"))
        #expect(!(try plan(wanted, ObservedState()).description.contains("tool-1")))
        let named = Reconciler.Options(services: ["tool"])
        #expect(try plan(wanted, ObservedState(), named).description.contains("+ container tool-1"))
        let needed = environment(tool, service("web", after: [Dependency(service: "tool")]))
        #expect(try plan(needed, ObservedState()).description.contains("+ container tool-1"))
        // One that was started by name is no orphan and stays.
        #expect(try plan(wanted, upped(environment(service("tool"), service("web")))).description == "nothing to do")
    }

    @Test func volumesWithoutANameStayWithAContainerThatIsMadeAnew() throws {
        func removals(_ wanted: Environment?, _ options: Reconciler.Options) throws -> [Bool] {
            try plan(wanted, upped(environment(service("web"))), options).operations.compactMap {
                if case .removeContainer(_, let keepsVolumes) = $0.operation { keepsVolumes } else { nil }
            }
        }
        let wanted = environment(service("web"))
        #expect(try removals(wanted, Reconciler.Options(recreation: .always)) == [true])
        #expect(try removals(wanted, Reconciler.Options(recreation: .always, renewsVolumes: true)) == [false])
        #expect(try removals(nil, Reconciler.Options()) == [false])
        #expect(try removals(environment(service("other")), Reconciler.Options(removesOrphans: true)) == [false])
    }

    @Test func surplusNumbersAreRemoved() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.containers.append(container(service("web"), number: 2))
        #expect(
            try plan(wanted, state, Reconciler.Options()).description
                == "- container web-2  service web has no container of this number")
    }

    @Test func selectionBringsDependenciesOnly() throws {
        let wanted = environment(
            service("db"), service("other", image: "other"), service("web", after: [started("db")]))
        let plan = try plan(wanted, ObservedState(), Reconciler.Options(services: ["web"]))
        #expect(
            plan.description == """
                + image busybox    not in the store
                + network default  does not exist
                + container db-1   does not exist
                + container web-1  does not exist  after db-1 has started
                """)
    }

    @Test func selectionLeavesOthersUntouched() throws {
        let old = environment(service("a", command: "1"), service("b", command: "1", ports: [80]), service("gone"))
        let new = environment(service("a", command: "2"), service("b", command: "2", ports: [81]))
        #expect(
            try plan(new, upped(old), Reconciler.Options(services: ["a"], removesOrphans: true)).description
                == "~ container a-1  command changed")
    }

    @Test func forcedRecreation() throws {
        let wanted = environment(service("db"), service("web", after: [started("db")]))
        #expect(
            try plan(wanted, upped(wanted), Reconciler.Options(recreation: .always)).description == """
                ~ container db-1   asked for
                ~ container web-1  asked for  after db-1 has started
                """)
        #expect(
            try plan(wanted, upped(wanted), Reconciler.Options(services: ["web"], recreation: .always)).description
                == "~ container web-1  asked for")
    }

    @Test func noRecreation() throws {
        let old = environment(service("a", command: "1"), service("b", command: "1"))
        let new = environment(
            service("a", command: "2"), service("b", command: "2"),
            networks: [Network(name: "default", isInternal: true)])
        var state = upped(old)
        state.update("b") { $0.state = .exited(code: 1) }
        #expect(
            try plan(new, state, Reconciler.Options(recreation: .never)).description == """
                > start container b-1  exited with code 1
                # container a-1 is kept although command changed
                # container b-1 is kept although command changed
                # network default is kept although its configuration changed
                """)
    }

    @Test func noStart() throws {
        let wanted = environment(service("db"), service("web", ports: [80], after: [healthy("db")]))
        var state = upped(wanted)
        state.containers.removeAll { $0.id.service == "web" }
        state.publishedPorts = []
        state.update("db") { $0.state = .exited(code: 1) }
        let created = try plan(wanted, state, Reconciler.Options(starts: false))
        #expect(created.operationList == "1 create container web-1\n2 apply names [~1]")
        #expect(
            try plan(wanted, state.applying(created)).description == """
                > start container db-1   exited with code 1
                > start container web-1  has not been started  after db-1 is healthy
                + ports                  web-1 not yet published
                """)
    }

    @Test func badEnvironmentsAreErrors() throws {
        func code(_ wanted: Environment, _ options: Reconciler.Options = .init()) -> PlanningError.Code? {
            do throws(PlanningError) {
                _ = try Reconciler(options: options).plan(desired: wanted, observed: ObservedState())
                return nil
            } catch { return error.code }
        }
        #expect(code(environment(service("a", after: [started("b")]))) == .unknownService)
        #expect(code(environment(service("a")), Reconciler.Options(services: ["x"])) == .unknownService)
        #expect(code(environment(service("a"), service("a"))) == .duplicateService)
        #expect(code(environment(service("a", after: [started("a")]))) == .dependencyCycle)
        var bare = environment(service("a", mounts: [volumeMount("v")]))
        bare.volumes = []
        #expect(code(bare) == .unknownVolume)
        bare.networks = []
        #expect(code(bare) == .unknownNetwork)
        #expect(code(environment(service("a"))) == nil)
    }

    @Test func aCycleIsNamed() throws {
        let wanted = environment(
            service("a", after: [started("b")]), service("b", after: [started("c")]),
            service("c", after: [started("b")]))
        let error = #expect(throws: PlanningError.self) { try plan(wanted) }
        #expect(
            error?.message == "The services cannot be started because they depend on each other: b → c → b.")
    }
}
