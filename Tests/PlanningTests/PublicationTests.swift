import Envfile
import Planning
import Testing
import Vocabulary

/// Which ports are claimed and opened, and in which order they change hands.
@Suite(.timeLimit(.minutes(2))) struct PublicationTests {
    private func publishing(_ name: ServiceName, _ host: Port, at target: Port = 80) -> Service {
        var service = service(name)
        service.ports = [
            PortMapping(hostAddress: .loopback, published: PortRange(host), target: target, autoCorrects: true)
        ]
        return service
    }

    @Test func portsAreSwapped() throws {
        let old = environment(publishing("api", 8001), publishing("web", 8002))
        let new = environment(publishing("api", 8002), publishing("web", 8001))
        #expect(
            try plan(new, upped(old)).operationList == """
                1 stop container api-1
                2 stop container web-1
                3 remove container api-1 [1]
                4 remove container web-1 [2]
                5 create container api-1 [3 ~4]
                6 create container web-1 [4 ~3]
                7 apply names [~3 ~4 ~5 ~6]
                8 publish ports of api-1, web-1 [~3 ~4 ~5 ~6]
                9 start container api-1 [5]
                10 start container web-1 [6]
                """)
    }

    @Test func aRenamedServiceTakesThePortOver() throws {
        let plan = try plan(environment(publishing("site", 8001)), upped(environment(publishing("web", 8001))))
        #expect(
            plan.operationList == """
                1 stop container web-1
                2 remove container web-1 [~1]
                3 create container site-1 [~2]
                4 apply names [~2 ~3]
                5 publish ports of site-1 [~2 ~3]
                6 start container site-1 [3]
                """)
    }

    @Test func otherPortsAndOtherTransportsDoNotHinder() throws {
        let old = environment(publishing("old", 8001))
        var udp = publishing("site", 8001)
        udp.ports[0].transportProtocol = .udp
        for service in [publishing("site", 8002), udp] {
            let create = try plan(environment(service), upped(old)).operations.first { $0.operation.verb == "create" }
            #expect(create?.follows == [])
        }
    }

    /// A `down` that was killed has given up the host ports of what still runs, or of what it had stopped.
    @Test func lostClaimsAreMadeAgain() throws {
        let wanted = environment(publishing("web", 8001))
        var state = upped(wanted)
        state.publishedPorts = []
        state.heldPorts = [:]
        let running = try plan(wanted, state)
        #expect(running.operationList == "1 publish ports of web-1")
        let container = try DesiredContainer(publishing("web", 8001))
        #expect(
            running.operations.map(\.operation)
                == [.publishPorts([id("web")], claiming: [container], opening: [id("web")])])
        #expect(try plan(wanted, state.applying(running)).isEmpty)

        state.update("web") { $0.state = .exited(code: 143) }
        let stopped = try plan(wanted, state)
        #expect(stopped.operationList == "1 publish ports of web-1\n2 start container web-1 [1]")
        #expect(stopped.operations.first?.operation == .publishPorts([id("web")], claiming: [container], opening: []))
    }

    @Test func oneOfTwoLostClaimsIsNoticed() throws {
        let wanted = environment(service("web", ports: [80, 81]))
        var state = upped(wanted)
        state.heldPorts[id("web")]?.removeLast()
        #expect(try plan(wanted, state).description == "+ ports  web-1 not yet published")
    }

    @Test func aClosedPortIsOpenedAgain() throws {
        let wanted = environment(publishing("api", 8001), publishing("web", 8002))
        var state = upped(wanted)
        state.publishedPorts.remove(id("web"))
        #expect(
            try plan(wanted, state).operations.map(\.operation)
                == [.publishPorts([id("api"), id("web")], claiming: [], opening: [id("web")])])
    }

    @Test func aJobThatIsDonePublishesNothing() throws {
        let wanted = environment(publishing("job", 8001), service("web", after: [completed("job")]))
        var state = upped(wanted)
        state.publishedPorts = []
        #expect(try plan(wanted, state).isEmpty)
    }

    @Test func aPacketFilterThatWasChangedIsWrittenAgain() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.firewallProblem = "its rules are gone"
        let mending = try plan(wanted, state)
        #expect(mending.description == "~ firewall  its rules are gone")
        #expect(mending.operationList == "1 apply firewall of default")
        #expect(try plan(wanted, state.applying(mending)).isEmpty)
        #expect(!(try plan(nil, state).description.contains("firewall")))
        state.update("web") { $0.state = .exited(code: 1) }
        #expect(try plan(wanted, state).operationList.hasSuffix("start container web-1 [1]"))
    }

    @Test func aReplacedSourceRestartsTheContainer() throws {
        let wanted = environment(service("web"))
        var state = upped(wanted)
        state.update("web") { $0.replacedMounts = ["/app", "/etc/app.conf"] }
        let restart = try plan(wanted, state)
        #expect(
            restart.description
                == "> restart container web-1  what is mounted at /app, /etc/app.conf was replaced on the host")
        #expect(restart.operationList == "1 stop container web-1\n2 start container web-1 [1]")
        #expect(try plan(wanted, state.applying(restart)).isEmpty)
        #expect(try plan(wanted, state, Reconciler.Options(starts: false)).isEmpty)
    }
}
