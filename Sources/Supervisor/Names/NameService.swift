internal import LinuxSystem
internal import Names
internal import SupervisorProtocol
internal import SystemPackage

/// The resolver of the environment: answers what its containers ask at 127.0.0.11, from the names that are written down
/// and by the name servers of the host.
final class NameService: Service {
    let loop: EventLoop
    let hostResolvers: HostResolvers
    var endpoints: [String: NameEndpoint] = [:]
    var forwards: [UInt64: ForwardedQuery] = [:]
    var order = ServerOrder<Upstream, ContinuousClock>()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    private let zone: ZoneSource
    /// Whether a container runs: one that does not has no name.
    private let isRunning: (String) -> Bool
    private var turn = 0
    private var lastID: UInt64 = 0

    init(
        _ directory: RunDirectory, on loop: EventLoop, hostResolvers: HostResolvers = HostResolvers(),
        isRunning: @escaping (String) -> Bool
    ) {
        self.loop = loop
        self.hostResolvers = hostResolvers
        self.isRunning = isRunning
        zone = ZoneSource(directory.names)
    }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// The names as they are now.
    var names: ZoneIndex { zone.current() }

    // MARK: - Service

    var deadline: ContinuousClock.Instant? {
        let connections = endpoints.values.lazy.flatMap(\.connections.values).map(\.deadline).min()
        let questions = forwards.values.lazy.map(\.machine.deadline).min()
        return [connections, questions].compactMap(\.self).min()
    }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        for endpoint in endpoints.values {
            for (id, connection) in endpoint.connections where connection.deadline <= now { close(id, of: endpoint) }
        }
        for (id, forward) in forwards { perform(forward.machine.deadlinePassed(now: now), for: id) }
    }

    func clientLeft(_ client: UInt64) {}

    // MARK: - Containers

    /// Answers in a namespace, in place of the one that the container had before. A container that cannot be served runs
    /// without a resolver.
    func serve(_ container: String, in namespace: SharedDescriptor) {
        forget(container)
        Journal.perform("open the resolver of \(container)") {
            let isShared = names.zone.hosts[container]?.servesNames == true
            let endpoint = try NameEndpoint(container, in: namespace, isShared: isShared)
            endpoints[container] = endpoint
            endpoint.tokens.append(
                try loop.watchTelling(endpoint.datagrams.rawValue) { [unowned self, unowned endpoint] _ in
                    receive(endpoint)
                })
            guard let listener = endpoint.listener else { return }
            endpoint.tokens.append(try loop.watch(listener.rawValue) { [unowned self] _ in try accept(container) })
        }
    }

    /// Lets go of the sockets in a container's namespace.
    func forget(_ container: String) {
        for (id, forward) in forwards where forward.container == container { drop(id) }
        guard let endpoint = endpoints.removeValue(forKey: container) else { return }
        for id in Array(endpoint.connections.keys) { close(id, of: endpoint) }
        endpoint.tokens.forEach(loop.unwatch)
    }

    // MARK: - Questions

    /// Takes one datagram: the next one, if it is there already, costs no more by the next event than by a call that finds
    /// none.
    private func receive(_ endpoint: NameEndpoint) -> EventLoop.Aftermath {
        guard let (bytes, sender) = endpoint.receive(&buffer) else { return .none }
        zone.refresh()
        if let known = endpoint.answers.answer(
            to: bytes, revision: zone.revision, turn: turn, isRunning: isRunning)
        {
            turn &+= 1
            endpoint.send(known, to: sender)
            return .none
        }
        answer(bytes, endpoint, .datagram(sender))
        return .changes
    }

    private func accept(_ container: String) throws {
        guard let endpoint = endpoints[container] else { return }
        while let socket = endpoint.accept() {
            let connection = NameConnection(socket)
            let id = newID()
            connection.token = try loop.watch(socket.rawValue) { [unowned self] _ in try ready(id, container) }
            endpoint.connections[id] = connection
        }
    }

    private func ready(_ id: UInt64, _ container: String) throws {
        guard let endpoint = endpoints[container], let connection = endpoint.connections[id] else { return }
        guard let messages = connection.stream.receive(from: connection.socket.rawValue, &buffer) else {
            return close(id, of: endpoint)
        }
        connection.deadline = .now.advanced(by: NameConnection.idleLimit)
        for message in messages { answer(message, endpoint, .connection(id)) }
        flush(id, of: endpoint)
    }

    private func answer(_ bytes: [UInt8], _ endpoint: NameEndpoint, _ client: ForwardedQuery.Client) {
        do throws(Query.Unfit) {
            let query = try Query(bytes)
            var conditions: [AnswerCache.Condition] = []
            let answer = names.answer(query.question, of: endpoint.container) { container in
                let isRunning = isRunning(container)
                conditions.append(AnswerCache.Condition(container: container, isRunning: isRunning))
                return isRunning
            }
            if let response = query.response(answer, turn: turn) {
                let encoded = response.encoded(limit: limit(query, client))
                if case .datagram = client {
                    endpoint.answers.keep(
                        encoded, to: bytes, turn: turn, rotations: query.rotations(of: answer), conditions)
                }
                turn &+= 1
                send(encoded, to: client, of: endpoint)
            } else {
                forward(query, endpoint, client)
            }
        } catch {
            if case .answered(let response) = error { send(response, to: client, of: endpoint) }
        }
    }

    private func limit(_ query: Query, _ client: ForwardedQuery.Client) -> Int {
        if case .connection = client { 65_535 } else { query.datagramLimit }
    }

    // MARK: - Answers

    func send(_ bytes: [UInt8], to client: ForwardedQuery.Client, of endpoint: NameEndpoint) {
        switch client {
        case .datagram(let sender): endpoint.send(bytes, to: sender)
        case .connection(let id):
            endpoint.connections[id]?.stream.append(bytes)
            flush(id, of: endpoint)
        }
    }

    private func flush(_ id: UInt64, of endpoint: NameEndpoint) {
        // A client that has left gets no answer.
        guard let connection = endpoint.connections[id] else { return }
        guard connection.stream.flush(to: connection.socket.rawValue), !connection.stream.isOverfull else {
            return close(id, of: endpoint)
        }
        guard let token = connection.token else { return }
        Journal.perform("watch a connection of \(endpoint.container)") {
            try loop.change(token, to: connection.stream.hasOutput ? [.readable, .writable] : .readable)
        }
    }

    private func close(_ id: UInt64, of endpoint: NameEndpoint) {
        loop.unwatch(endpoint.connections[id]?.token)
        endpoint.connections[id] = nil
    }
}
