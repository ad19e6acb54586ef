internal import LinuxSystem
internal import Names
internal import Vocabulary

/// Names that the environment does not have: other servers are asked.
extension NameService {
    func forward(_ query: Query, _ endpoint: NameEndpoint, _ client: ForwardedQuery.Client) {
        let upstreams = order.sorted(self.upstreams(of: endpoint.container), now: .now)
        guard !upstreams.isEmpty else {
            // A container without a way out cannot use what lies there, and must not carry questions there.
            return send(query.response(.noSuchName).encoded(), to: client, of: endpoint)
        }
        guard endpoint.pending < NameEndpoint.pendingLimit else {
            return send(query.response(.serverFailure).encoded(), to: client, of: endpoint)
        }
        endpoint.pending += 1
        let id = newID()
        let forward = ForwardedQuery(query, of: endpoint.container, for: client, upstreams)
        forwards[id] = forward
        perform(forward.machine.deadlinePassed(now: .now), for: id)
    }

    /// The servers for a container: its own, which are asked from inside where they are on its loopback, else the host's.
    private func upstreams(of container: String) -> [Upstream] {
        let names = names
        let host = names.zone.hosts[container]
        guard let own = host?.servers else {
            return host?.forwards == false ? [] : hostResolvers.servers.map { Upstream(server: $0) }
        }
        return own.filter { host?.forwards == true || $0.isLoopback || names.isBeside($0, container) }.map {
            Upstream(server: NameServer($0), container: $0.isLoopback ? container : nil)
        }
    }

    func perform(_ first: Forwarding<ContinuousClock>.Action?, for id: UInt64) {
        var action = first
        while let next = action, let forward = forwards[id] {
            switch next {
            case .fail:
                return finish(id, forward.failure ?? forward.query.response(.serverFailure).encoded())
            case .ask(let server):
                action = ask(server, for: id, forward) ? nil : forward.machine.failed(server, now: .now)
            }
        }
    }

    /// - Returns: `false` when the server cannot be reached.
    private func ask(_ server: Int, for id: UInt64, _ forward: ForwardedQuery) -> Bool {
        let upstream = forward.upstreams[server]
        let transport: Transport = if case .connection = forward.client { .tcp } else { .udp }
        do {
            let attempt = try UpstreamAttempt(
                forward.query, to: upstream, server: server, by: transport,
                in: upstream.container.flatMap { endpoints[$0]?.namespace })
            attempt.token = try loop.watch(attempt.socket.rawValue, attempt.readiness) { [unowned self] _ in
                try ready(attempt, of: id)
            }
            forward.attempts.append(attempt)
            return true
        } catch {
            return false
        }
    }

    private func ready(_ attempt: UpstreamAttempt, of id: UInt64) throws {
        guard let forward = forwards[id] else { return }
        switch attempt.ready(&buffer) {
        case .waiting:
            if let token = attempt.token { try loop.change(token, to: attempt.readiness) }
        case .failed:
            close(attempt)
            perform(forward.machine.failed(attempt.server, now: .now), for: id)
        case .answered(let bytes) where Query.isFailure(bytes):
            close(attempt)
            forward.failure = bytes
            perform(forward.machine.failed(attempt.server, now: .now), for: id)
        case .answered(let bytes):
            let slower = forward.machine.waiting.map { forward.upstreams[$0] }
            order.answered(forward.upstreams[attempt.server], before: slower, now: .now)
            finish(id, bytes)
        }
    }

    /// Gives the client the answer.
    private func finish(_ id: UInt64, _ bytes: [UInt8]) {
        guard let forward = forwards[id] else { return }
        drop(id)
        guard let endpoint = endpoints[forward.container] else { return }
        var answer = forward.query.delivered(bytes)
        if case .datagram = forward.client, answer.count > forward.query.datagramLimit {
            answer = forward.query.truncatedResponse
        }
        send(answer, to: forward.client, of: endpoint)
    }

    /// Forgets a question.
    func drop(_ id: UInt64) {
        guard let forward = forwards.removeValue(forKey: id) else { return }
        endpoints[forward.container]?.pending -= 1
        forward.attempts.forEach(close)
    }

    private func close(_ attempt: UpstreamAttempt) {
        loop.unwatch(attempt.token)
        attempt.token = nil
    }
}
