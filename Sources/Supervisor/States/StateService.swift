internal import SupervisorProtocol

/// Tells clients that follow the containers of each change.
final class StateService: Service {
    private let clients: Clients
    private let processes: ProcessService
    private var followers: Set<UInt64> = []
    /// How many containers one message has at most, which keeps it far below `MessageSocket.messageLimit`.
    private static let batch = 20

    init(clients: Clients, processes: ProcessService) {
        self.clients = clients
        self.processes = processes
    }

    var deadline: ContinuousClock.Instant? { nil }

    func passDeadlines(_ now: ContinuousClock.Instant) {}

    func clientLeft(_ client: UInt64) { followers.remove(client) }

    /// Tells the client of all containers now, and of each that changes from now on.
    func follow(_ client: UInt64) {
        followers.insert(client)
        var rest = processes.machine.names[...]
        while !rest.isEmpty {
            clients.tell(client, .containers(rest.prefix(Self.batch).compactMap(status)))
            rest = rest.dropFirst(Self.batch)
        }
        clients.tell(client, .done)
    }

    /// Something about a container has changed; one that is forgotten is told no more.
    func changed(_ name: String) {
        guard !followers.isEmpty, let status = status(of: name) else { return }
        for client in followers { clients.tell(client, .containers([status])) }
    }

    /// Without the words of its health checks, which may be long.
    private func status(of name: String) -> ContainerStatus? {
        var status = processes.status(of: name)
        status?.health?.last = nil
        return status
    }
}
