internal import Containers
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// How containers are looked after: what the supervisor is told, what is waited for, and how they are asked to end.
extension ContainerOperations {
    func care(
        for container: DesiredContainer, _ image: ImageConfiguration.Execution,
        _ configuration: ContainerConfiguration, _ runtime: RuntimeFacts, _ records: RuntimeRecords
    ) throws -> ContainerCare {
        let id = container.id
        let address = try workspace.networkPlan(records).address(of: "\(id)")
        let removal = workspace.host.driver(for: runtime).deleteCommand(workspace.runtimeID(of: id), force: true)
        let care = Care(
            entry: workspace.entryRecord(of: id).string,
            health: HealthResolution.settings(
                own: container.healthCheck, readiness: container.readiness, image: image,
                addresses: address.map { [.v4($0)] } ?? []),
            restart: container.restart, restartsWhenUnhealthy: container.restartsWhenUnhealthy,
            removal: [removal.program] + removal.arguments, stopSignal: configuration.stopSignal,
            stopGraceMilliseconds: container.stopGracePeriod.milliseconds, logs: container.logs)
        return ContainerCare(
            care: care, postStart: container.postStart, preStop: container.preStop,
            preSnapshot: container.preSnapshot)
    }

    // MARK: - Waiting

    /// Waits until a container has come to what is expected of it.
    ///
    /// - Returns: what it has come to: `running`, `healthy` or `completed`.
    /// - Throws: `EngineError.dependencyFailed` with the reason and the last lines of its output.
    func wait(for id: ContainerID, _ condition: Dependency.Condition) throws -> String {
        let expectation: Expectation =
            switch condition {
            case .started: .ready
            case .healthy: .healthy
            case .completedSuccessfully: .completed
            }
        let left = waitDeadline.map { max(.zero, $0 - ContinuousClock.now) }
        let result = try workspace.supervisor().expect("\(id)", expectation, within: left)
        if result.outcome == .met {
            if result.status.state == .exited { return "completed" }
            return result.status.health == nil ? "running" : "healthy"
        }
        throw EngineError(
            .dependencyFailed,
            try ServiceFailure(workspace: workspace, id: id).message(result, condition))
    }

    // MARK: - Stopping

    func stopOrder(of id: ContainerID, gracePeriod: Duration) throws -> StopOrder {
        let text = try workspace.bundle(of: id).read()?.annotations?["org.opencontainers.image.stopSignal"]
        return StopOrder(
            name: "\(id)", signal: text.flatMap { Int32($0) } ?? SIGTERM,
            graceMilliseconds: gracePeriod.milliseconds)
    }

    /// A hook that fails keeps no container from being stopped.
    func runStopHooks(of id: ContainerID) throws {
        guard let hooks = try ContainerCare.read(of: id, in: workspace)?.preStop, !hooks.isEmpty,
            workspace.layout.isRunning(id, workspace.id)
        else { return }
        do {
            try ContainerHooks(workspace: workspace, id: id, name: "pre_stop").run(hooks)
        } catch {
            sink.note(ErrorReport(of: error).message, isWarning: true)
        }
    }

    /// Names a service that did not end by its signal and had to be killed.
    func noteIgnoredSignal(
        _ order: StopOrder, _ status: ContainerStatus?, of id: ContainerID, _ gracePeriod: Duration
    ) {
        guard status?.signal == SIGKILL, order.signal != SIGKILL, gracePeriod > .zero else { return }
        let signal = Signal(number: order.signal).map { "\($0)" } ?? "signal \(order.signal)"
        sink.note(
            "\(id.service) did not end within \(gracePeriod.composeText) after \(signal) and was killed. Handle the "
                + "signal, or name another one with `stop_signal`.", isWarning: true)
    }
}
