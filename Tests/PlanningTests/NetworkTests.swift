import Envfile
import Planning
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct NetworkTests {
    @Test func changedNetworkTakesItsContainersAlong() throws {
        let old = environment(service("db"), service("web", after: [started("db")]))
        let new = environment(
            service("db"), service("web", after: [started("db")]),
            networks: [Network(name: "default", isInternal: true)])
        let plan = try plan(new, upped(old))
        #expect(
            plan.description == """
                ~ network default  configuration changed
                ~ container db-1   network default is made anew
                ~ container web-1  network default is made anew  after db-1 has started
                """)
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 stop container db-1 [~1]
                3 remove container web-1 [1]
                4 remove container db-1 [2]
                5 remove network default [3 4]
                6 create network default [5]
                7 create container db-1 [4 6]
                8 create container web-1 [3 6]
                9 apply firewall of default [~6]
                10 apply names [~3 ~4 ~7 ~8]
                11 start container db-1 [7 9]
                12 start container web-1 [8 9 11]
                """)
        expectWellFormed(plan)
    }

    @Test func aNetworkThatOtherEnvironmentsUseIsKept() throws {
        let old = environment(service("web"))
        var state = upped(old)
        state.networks["default"]?.users = ["blog-1"]
        let changed = environment(service("web"), networks: [Network(name: "default", isInternal: true)])
        let kept = try plan(changed, state)
        #expect(
            kept.notes == [
                "network default is kept although its configuration changed, because it is in use by environment blog-1"
            ])
        #expect(kept.isEmpty)
    }

    @Test func theNetworkOfAnotherEnvironmentIsJoinedAndLeft() throws {
        let external = Network(name: "default", identity: ResourceIdentity(customName: "edge", isExternal: true))
        let wanted = environment(service("web"), networks: [external])
        var images = ObservedState()
        images.images = upped(wanted).images
        #expect(try plan(wanted, images).operationList.contains("join network default"))
        #expect(try plan(wanted, upped(wanted)).isEmpty)
        // Its configuration is what the other environment made it of.
        var state = upped(wanted)
        state.networks["default"]?.configuration?.isInternal = true
        #expect(try plan(wanted, state).isEmpty)
        let down = try Reconciler().plan(desired: nil, observed: upped(wanted))
        #expect(down.operationList.contains("leave network default"))
    }

    @Test func labelsOfANetworkChangeNothing() throws {
        let old = environment(service("web"))
        let new = environment(service("web"), networks: [Network(name: "default", labels: ["a": "b"])])
        #expect(try plan(new, upped(old)).isEmpty)
    }

    @Test func incompleteNetworkIsMadeAnew() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.networks["default"]?.isComplete = false
        #expect(
            try plan(wanted, state).description == """
                ~ network default  is incomplete
                ~ container web-1  network default is made anew
                """)
    }

    @Test func vanishedNetwork() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.networks = [:]
        #expect(
            try plan(wanted, state).description == """
                + network default  does not exist
                ~ container web-1  network default is made anew
                """)
    }

    @Test func lostAttachment() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.update("web") { $0.networks = [] }
        #expect(try plan(wanted, state).description == "~ container web-1  not attached to network default")
    }

    @Test func movedToAnotherNetwork() throws {
        let old = environment(service("web"))
        let new = environment(service("web", networks: ["back"]))
        let plan = try plan(new, upped(old))
        #expect(
            plan.description == """
                + network back     does not exist
                ~ container web-1  network back added, network default removed
                - network default  no longer in the Envfile
                """)
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 create network back
                3 remove container web-1 [1]
                4 apply firewall of back, default [~2]
                5 remove network default [~3]
                6 create container web-1 [2 3]
                7 apply firewall of back [~3 ~4]
                8 apply names [~3 ~6]
                9 start container web-1 [4 6]
                """)
    }

    @Test func selectionKeepsAChangedNetworkInUse() throws {
        let old = environment(service("a"), service("b"))
        let new = environment(
            service("a"), service("b"), networks: [Network(name: "default", isInternal: true)])
        let plan = try plan(new, upped(old), Reconciler.Options(services: ["a"], removesOrphans: true))
        #expect(
            plan.description == """
                nothing to do
                # network default is kept although its configuration changed, because it is in use by b-1
                """)
    }

    @Test func selectionMendsABrokenNetwork() throws {
        let wanted = environment(service("a"), service("b"))
        var state = upped(wanted)
        state.networks["default"]?.isComplete = false
        #expect(
            try plan(wanted, state, Reconciler.Options(services: ["a"])).description == """
                ~ network default  is incomplete
                ~ container a-1    network default is made anew
                # container b-1 is cut off from network default until it is recreated
                """)
    }
}
