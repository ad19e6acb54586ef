import Envfile
import Testing
import Vocabulary

@testable import Planning

/// Services with several containers, and what `up` waits for in the end.
@Suite(.timeLimit(.minutes(1))) struct ReplicaTests {
    private func scaled(_ count: Int, _ name: ServiceName = "web") -> Service {
        var service = service(name)
        service.lifecycle.scale = count
        return service
    }

    private func state(_ count: Int) -> ObservedState {
        var state = upped(environment(service("web")))
        for number in stride(from: 2, through: count, by: 1) {
            var other = container(service("web"), number: number)
            do {
                other.fingerprint = ContainerFingerprint(of: try DesiredContainer(service("web"), number: number))
            } catch {
                Issue.record(error)
            }
            state.containers.append(other)
        }
        return state
    }

    @Test func containersAreAddedAndTheLastAreRemoved() throws {
        #expect(
            try plan(environment(scaled(3)), state(1)).description == """
                + container web-2  does not exist
                + container web-3  does not exist
                """)
        #expect(
            try plan(environment(scaled(1)), state(3)).description == """
                - container web-2  service web has no container of this number
                - container web-3  service web has no container of this number
                """)
        #expect(try plan(environment(scaled(0)), state(1)).description.contains("- container web-1"))
        #expect(try plan(environment(scaled(3)), state(3)).isEmpty)
    }

    @Test func theRequestGoesBeforeTheFile() throws {
        var options = Reconciler.Options(removesOrphans: true)
        options.scales = ["web": 2]
        #expect(try plan(environment(scaled(5)), state(1), options).description == "+ container web-2  does not exist")
    }

    @Test func onlyTheFirstHasTheServicesHostName() throws {
        let service = scaled(2)
        #expect(try DesiredContainer(service).hostname == "web")
        #expect(try DesiredContainer(service, number: 2).hostname == "web-2")
        var named = service
        named.naming.hostname = "given"
        #expect(try DesiredContainer(named, number: 2).hostname == "given")
        var long = scaled(2, ServiceName(unchecked: String(repeating: "a", count: 80)))
        #expect(try DesiredContainer(long, number: 12).hostname.count == 63)
        long.name = "b"
        #expect(try DesiredContainer(long, number: 12).hostname == "b-12")
    }

    @Test func everyContainerOfADependencyIsWaitedFor() throws {
        var options = Reconciler.Options(removesOrphans: true)
        options.scales = ["db": 2]
        let wanted = environment(service("db"), service("web", after: [healthy("db")]))
        var observed = upped(wanted)
        observed.containers = []
        let rows = try plan(wanted, observed, options).description
        #expect(rows.contains("after db-1 is healthy, db-2 is healthy"), "\(rows)")
    }

    @Test func thePortsOfARangeAreGivenInOrder() throws {
        var service = scaled(3)
        service.ports = [
            PortMapping(hostAddress: .any, published: try PortRange("80-82"), target: 80, autoCorrects: false)
        ]
        var observed = upped(environment(service))
        observed.containers = []
        observed.publishedPorts = []
        let operations = try plan(environment(service), observed).operationList.split(separator: "\n")
        #expect(
            operations.prefix(3) == [
                "1 create container web-1", "2 create container web-2 [~1]", "3 create container web-3 [~2]",
            ])
    }

    @Test func aFixedPortCannotBeShared() throws {
        var service = scaled(2)
        service.ports = [PortMapping(hostAddress: .any, published: PortRange(8080), target: 80, autoCorrects: false)]
        let error = #expect(throws: PlanningError.self) { try plan(environment(service)) }
        #expect(error?.code == .invalidValue && error?.message.contains("8080") == true)
    }

    // MARK: - Arrivals

    private func arrivals(_ change: (inout ObservedContainer) -> Void) throws -> String {
        let wanted = environment(service("db"), service("web"))
        var observed = upped(wanted)
        observed.update("db", change)
        return try Reconciler().arrivals(desired: wanted, observed: observed).operationList
    }

    @Test func whatHasArrivedIsNotWaitedFor() throws {
        #expect(try arrivals { _ in } == "")
        #expect(try arrivals { $0.health = .healthy } == "")
        #expect(try arrivals { $0.state = .exited(code: 0) } == "")
        #expect(try arrivals { $0.state = .created } == "")
    }

    @Test func allElseIs() throws {
        let wait = "1 wait for container db-1 service_started"
        #expect(try arrivals { $0.health = .starting } == wait)
        #expect(try arrivals { $0.health = .unhealthy } == wait)
        #expect(try arrivals { $0.state = .exited(code: 1) } == wait)
        #expect(try arrivals { $0.isUnsettled = true } == wait)
    }

    @Test func aJobHasArrivedWhenItHasEnded() throws {
        let wanted = environment(service("job"), service("web", after: [completed("job")]))
        func arrivals(_ state: ObservedContainer.State, of selection: Set<ServiceName> = []) throws -> String {
            var observed = upped(wanted)
            observed.update("job") { $0.state = state }
            return try Reconciler(options: .init(services: selection)).arrivals(desired: wanted, observed: observed)
                .operationList
        }
        let wait = "1 wait for container job-1 service_completed_successfully"
        #expect(try arrivals(.running) == wait)
        #expect(try arrivals(.running, of: ["job"]) == wait)
        #expect(try arrivals(.exited(code: 1)) == wait)
        #expect(try arrivals(.exited(code: 0)) == "")
        #expect(try arrivals(.created) == "")
    }

    // MARK: - Restart policies

    @Test func whatAServiceSaysOfRestarts() throws {
        func rule(_ restart: RestartPolicy?, _ policy: DeploymentRestart? = nil) throws -> RestartRule? {
            var service = service("web")
            service.lifecycle.restart = restart
            if let policy { service.lifecycle.deployment = Deployment(restartPolicy: policy) }
            return try DesiredContainer(service).restart
        }
        #expect(try rule(nil) == nil)
        #expect(try rule(.no, DeploymentRestart()) == nil)
        #expect(try rule(.always) == RestartRule(.always))
        #expect(try rule(.unlessStopped) == RestartRule(.always))
        #expect(try rule(.onFailure(maximumAttempts: 0)) == RestartRule(.failure))
        #expect(try rule(.onFailure(maximumAttempts: 3)) == RestartRule(.failure, maximumAttempts: 3))
        #expect(try rule(nil, DeploymentRestart()) == RestartRule(.always))
        #expect(try rule(nil, DeploymentRestart(condition: "none")) == nil)
        #expect(
            try rule(
                nil,
                DeploymentRestart(condition: "on-failure", delay: .seconds(2), attempts: 3, window: .seconds(9)))
                == RestartRule(.failure, maximumAttempts: 3, delay: .seconds(2), window: .seconds(9)))
    }

    @Test func howAContainerIsLookedAfterIsAPartOfIt() throws {
        let plain = service("web")
        for change: (inout Service) -> Void in [
            { $0.lifecycle.restart = .always }, { $0.lifecycle.healthCheck = HealthCheck(test: .off) },
            { $0.tools.readiness = ReadinessCheck(.tcp(port: 80)) },
            { $0.lifecycle.postStart = [LifecycleHook(command: ["a"])] },
            { $0.lifecycle.preStop = [LifecycleHook(command: ["a"])] }, { $0.tools.restartsWhenUnhealthy = true },
        ] {
            var changed = plain
            change(&changed)
            #expect(
                try plan(environment(changed), upped(environment(plain))).description.hasPrefix("~ container web-1"))
        }
    }
}
