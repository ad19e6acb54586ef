import Envfile
import Planning
import Testing
import Vocabulary

/// Plans of commands that change containers which are there.
@Suite(.timeLimit(.minutes(1))) struct LifecycleTests {
    private let both = environment(service("db"), service("web", after: [Dependency(service: "db")]))

    private func observed(_ states: [String: ObservedContainer.State]) -> ObservedState {
        var observed = upped(both)
        for index in observed.containers.indices {
            let name = observed.containers[index].id.service.rawValue
            if let state = states[name] { observed.containers[index].state = state }
        }
        return observed
    }

    private func existing(_ change: (inout Reconciler.Options) -> Void = { _ in }) -> Reconciler.Options {
        var options = Reconciler.Options(recreation: .never)
        options.makes = false
        change(&options)
        return options
    }

    @Test func aStartStartsOnlyWhatIsThere() throws {
        let stopped = observed(["web": .exited(code: 143), "db": .exited(code: 0)])
        let started = try plan(both, stopped, existing())
        let starts = started.operations.filter(\.operation.startsContainer).map { "\($0.resource)" }
        #expect(starts.sorted() == ["container db-1", "container web-1"])
        #expect(!started.operations.contains { $0.operation.verb == "create" })
        // Nothing is made for a service that has no container.
        let nothing = try plan(both, ObservedState(), existing())
        #expect(!nothing.operations.contains { $0.operation.verb == "create" }, "\(nothing.operationList)")
        // Nor is a port published for it.
        let published = environment(service("db", ports: [5432]), service("web", after: [Dependency(service: "db")]))
        var alone = upped(environment(service("web")))
        alone.update("web") { $0.state = .exited(code: 0) }
        let start = try plan(published, alone, existing { $0.services = ["web"] })
        #expect(start.operations.map { "\($0.resource)" } == ["container web-1"], "\(start.operationList)")
    }

    @Test func aRestartStopsAndStartsInOrder() throws {
        let all = try plan(both, observed([:]), existing { $0.restartsRunning = true })
        #expect(
            all.description == """
                > restart container db-1   asked for
                > restart container web-1  asked for  after db-1 has started
                """)
        let named = try plan(
            both, observed([:]),
            existing {
                $0.restartsRunning = true
                $0.services = ["web"]
            })
        #expect(named.description == "> restart container web-1  asked for")
        let alone = try plan(
            both, observed([:]),
            existing {
                $0.restartsRunning = true
                $0.services = ["web"]
                $0.followsDependencies = false
            })
        #expect(alone.description == "> restart container web-1  asked for")
    }

    @Test func whatRunsIsRemovedOnlyWhenItIsStoppedFirst() throws {
        let state = observed(["web": .exited(code: 0)])
        let removal = try Reconciler().plan(.remove(stopsFirst: false), observed: state)
        #expect(removal.description == "- container web-1  asked for")
        let all = try Reconciler().plan(.remove(stopsFirst: true), environment: both, observed: state)
        #expect(all.operationList.contains("stop container db-1"))
        #expect(all.operationList.contains("remove container web-1"))
        #expect(all.operationList.contains("remove container db-1"))
    }

    @Test func signalsAndPausesReachWhatRuns() throws {
        var state = observed(["web": .exited(code: 0)])
        #expect(
            try Reconciler().plan(.signal(.interrupt), observed: state).description
                == "< signal container db-1  asked for")
        #expect(try Reconciler().plan(.pause, observed: state).description == "< pause container db-1  asked for")
        #expect(try Reconciler().plan(.resume, observed: state).isEmpty)
        for index in state.containers.indices { state.containers[index].isPaused = true }
        #expect(
            try Reconciler(options: .init(services: ["db"])).plan(.resume, observed: state).description
                == "> resume container db-1  asked for")
        #expect(try Reconciler(options: .init(services: ["web"])).plan(.pause, observed: state).isEmpty)
        // `up` lets go on what is paused.
        state.containers.removeAll { $0.id.service == "web" }
        #expect(
            try plan(environment(service("db")), state).description.contains("> resume container db-1  is paused"))
    }

    @Test func containersOfRunAreNobodysOrphans() throws {
        var options = Reconciler.Options(services: ["db-run-1"])
        options.oneOff = .init(service: "db-run-1", kind: .init(isInForeground: true))
        let one = environment(service("db-run-1"))
        let made = try plan(one, ObservedState(), options)
        let container = made.operations.compactMap { planned -> DesiredContainer? in
            if case .createContainer(let container, _) = planned.operation { container } else { nil }
        }
        #expect(container.map(\.oneOff) == [.init(isInForeground: true)])
        #expect(container.allSatisfy { ContainerFingerprint(of: $0).isOneOff })
        var state = upped(both)
        var left = try #require(upped(one).containers.first)
        left.isOneOff = true
        state.containers.append(left)
        let up = try plan(both, state, Reconciler.Options(removesOrphans: true))
        #expect(up.description == "nothing to do")
        #expect(try Reconciler().haltPlan(environment: both, observed: state).description.contains("db-run") == false)
        #expect(try plan(nil, state).description.contains("- container db-run-1-1"))
    }
}
