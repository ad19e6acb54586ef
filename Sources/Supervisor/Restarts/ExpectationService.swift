internal import LinuxSystem
internal import SupervisorProtocol

/// Answers clients that wait for containers: performs what `ExpectationMachine` decides.
final class ExpectationService: Service {
    private typealias Machine = ExpectationMachine<ContinuousClock>

    private let clients: Clients
    private let processes: ProcessService
    private let restarts: RestartService
    private var machine = Machine()

    init(clients: Clients, processes: ProcessService, restarts: RestartService) {
        self.clients = clients
        self.processes = processes
        self.restarts = restarts
    }

    var deadline: ContinuousClock.Instant? { machine.deadline }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        act(machine.deadlinePassed(now: now) { facts(of: $0) })
    }

    func clientLeft(_ client: UInt64) {
        machine.clientLeft(client)
    }

    /// - Throws: `SupervisorError` of code `unknownContainer`.
    func expect(_ name: String, _ expectation: Expectation, milliseconds: Int?, client: UInt64) throws {
        guard let facts = facts(of: name) else {
            throw SupervisorError(.unknownContainer, "The supervisor knows no container `\(name)`.")
        }
        let now = ContinuousClock.now
        let due = milliseconds.map { now.advanced(by: .milliseconds($0)) }
        act(machine.requested(expectation, of: name, facts, client: client, due: due, now: now))
    }

    /// Something about a container has changed.
    func changed(_ name: String) {
        guard let facts = facts(of: name) else { return }
        act(machine.changed(name, facts, now: .now))
    }

    private func act(_ actions: [Machine.Action]) {
        for case .answer(let client, let outcome, let name) in actions {
            guard let status = processes.status(of: name) else { continue }
            clients.answer(client, .expected(ExpectationResult(outcome, status)))
        }
    }

    private func facts(of name: String) -> Machine.Facts? {
        guard let status = processes.status(of: name) else { return nil }
        let state: Machine.Facts.State
        switch status.state {
        case .starting: state = .starting
        case .running:
            let elapsed = WallClock.nanoseconds - Int64(status.startedAt ?? 0)
            state = .running(since: ContinuousClock.now - Duration.nanoseconds(max(0, elapsed)))
        case .exited: state = restarts.isPending(name) ? .restarting : .ended(isSuccess: status.code == 0)
        }
        return Machine.Facts(
            state: state, health: status.health?.state, attempts: restarts.memory(of: name)?.attempts ?? 0)
    }
}
