internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// What one sender on the host and one port inside have with each other.
final class UDPFlow {
    struct Key: Hashable {
        var listener: UInt64
        var sender: SocketAddress
    }

    let id: UInt64
    let key: Key
    let container: String
    let targets: [PortTarget]
    var route: DatagramRoute
    /// The socket inside, and the number of the target that it leads to.
    var inner: (socket: SharedDescriptor, target: Int)?
    var lastUse: ContinuousClock.Instant

    var listener: UInt64 { key.listener }

    init(id: UInt64, key: Key, container: String, targets: [PortTarget]) {
        self.id = id
        self.key = key
        self.container = container
        self.targets = targets
        route = DatagramRoute(addressCount: targets.count)
        lastUse = .now
    }
}

/// Datagrams.
extension ProxyLoop {
    private static let idleLimit = Duration.seconds(60)
    private static let sweepInterval = Duration.seconds(10)

    /// From the host inwards.
    func receive(_ listener: PortListener) {
        for _ in 0..<64 {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(listener.socket.rawValue, &datagram, datagram.count, 0, $0, &length)
                }
            }
            // EAGAIN: all taken. Anything else is about one earlier datagram.
            guard count >= 0, let sender = SocketAddress(storage) else { return }
            // Without a namespace the container is starting again: as with a server that is not there, nothing answers.
            guard namespaces[listener.port.container] != nil else { continue }
            let key = UDPFlow.Key(listener: listener.id, sender: sender)
            let flow = flowIDs[key].flatMap { flows[$0] } ?? makeFlow(key, listener)
            flow.lastUse = .now
            perform(flow.route.received(Array(datagram[0..<count])), for: flow)
        }
    }

    /// From inside to the host.
    func answer(_ flow: UDPFlow) {
        for _ in 0..<64 {
            guard let inner = flow.inner else { return }
            let count = recv(inner.socket.rawValue, &datagram, datagram.count, 0)
            guard count >= 0 else {
                if Self.isRefusal(Errno.last) { perform(flow.route.refused(), for: flow) }
                return
            }
            flow.lastUse = .now
            flow.route.answered()
            guard let listener = listeners[flow.listener] else { return }
            // A sender that is gone loses its answer, as over a network.
            _ = flow.key.sender.withRaw {
                sendto(listener.socket.rawValue, datagram, count, Int32(MSG_NOSIGNAL), $0, $1)
            }
        }
    }

    func dropFlows(where condition: (UDPFlow) -> Bool) {
        for flow in flows.values where condition(flow) { drop(flow) }
    }

    func sweepFlows(_ now: ContinuousClock.Instant) {
        dropFlows { $0.lastUse.duration(to: now) >= Self.idleLimit }
        nextSweep = flows.isEmpty ? nil : now.advanced(by: Self.sweepInterval)
    }

    /// Every refusal leads to another target or to rest, so that this ends.
    private func perform(_ first: DatagramRoute.Action, for flow: UDPFlow) {
        var action = first
        while case .send(let bytes, let target) = action {
            guard let socket = socket(of: flow, to: target) else {
                action = flow.route.refused()
                continue
            }
            let count = bytes.withUnsafeBytes {
                send(socket.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A refusal is of the datagram before; this one is the one to try elsewhere. What is too large or finds no
            // space is lost, as over a network.
            guard count < 0, Self.isRefusal(Errno.last) else { return }
            action = flow.route.refused()
        }
    }

    private static func isRefusal(_ code: Errno) -> Bool {
        [.connectionRefused, .networkUnreachable, .noRouteToHost, .addressNotAvailable, .networkDown].contains(code)
    }

    /// The flow's socket to the target; `nil` where that cannot be reached.
    private func socket(of flow: UDPFlow, to target: Int) -> SharedDescriptor? {
        if let inner = flow.inner, inner.target == target { return inner.socket }
        close(flow)
        do throws(SystemError) {
            let socket = try makeSocket(for: flow.targets[target], .udp, of: flow.container)
            let fd = socket.rawValue
            let address = flow.targets[target].address
            try systemCall("connect", "udp") { address.withRaw { connect(fd, $0, $1) } }
            try poll.add(fd, .readable, token: Kind.flow.token(flow.id))
            flow.inner = (socket, target)
            return socket
        } catch {
            return nil
        }
    }

    private func makeFlow(_ key: UDPFlow.Key, _ listener: PortListener) -> UDPFlow {
        if flows.count >= flowLimit, let oldest = flows.values.min(by: { $0.lastUse < $1.lastUse }) { drop(oldest) }
        let flow = UDPFlow(id: newID(), key: key, container: listener.port.container, targets: listener.targets)
        flows[flow.id] = flow
        flowIDs[key] = flow.id
        if nextSweep == nil { nextSweep = .now.advanced(by: Self.sweepInterval) }
        return flow
    }

    private func close(_ flow: UDPFlow) {
        // It is open and watched.
        if let inner = flow.inner { try? poll.remove(inner.socket.rawValue) }
        flow.inner = nil
    }

    private func drop(_ flow: UDPFlow) {
        close(flow)
        flows[flow.id] = nil
        if flowIDs[flow.key] == flow.id { flowIDs[flow.key] = nil }
    }
}
