import Envfile
import Planning
import Testing

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
                9 start container db-1 [7]
                10 start container web-1 [8 9]
                """)
        expectWellFormed(plan)
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
                4 remove network default [~3]
                5 create container web-1 [2 3]
                6 start container web-1 [5]
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
