internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// What one sender on the host and one port inside have with each other.
final class UDPFlow {
    struct Key: Hashable {
        var listener: UInt64
        var sender: SocketAddress
    }

    let id: UInt64
    let key: Key
    let container: String
    let socket: SharedDescriptor
    /// Addresses inside that have not been tried yet.
    let candidates: ArraySlice<SocketAddress>
    var lastUse: ContinuousClock.Instant
    /// What was sent last, until the first answer shows that somebody listens.
    var unanswered: [UInt8]?

    var listener: UInt64 { key.listener }

    init(
        id: UInt64, key: Key, container: String, socket: SharedDescriptor, candidates: ArraySlice<SocketAddress>
    ) {
        self.id = id
        self.key = key
        self.container = container
        self.socket = socket
        self.candidates = candidates
        lastUse = .now
    }
}

/// Datagrams.
extension ProxyLoop {
    private static let idleLimit = Duration.seconds(60)
    private static let sweepInterval = Duration.seconds(10)
    /// Larger datagrams are not kept for a second try.
    private static let keptSize = 4096

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
            let key = UDPFlow.Key(listener: listener.id, sender: sender)
            guard
                let flow = flowIDs[key].flatMap({ flows[$0] })
                    ?? makeFlow(key, listener.port.container, listener.candidates[...])
            else { continue }
            flow.lastUse = .now
            forward(flow, datagram[0..<count])
        }
    }

    /// From inside to the host.
    func answer(_ flow: UDPFlow) {
        for _ in 0..<64 {
            let count = recv(flow.socket.rawValue, &datagram, datagram.count, 0)
            guard count >= 0 else {
                if Errno.last == .connectionRefused { fallBack(flow) }
                return
            }
            flow.lastUse = .now
            flow.unanswered = nil
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

    private func forward(_ flow: UDPFlow, _ bytes: ArraySlice<UInt8>) {
        let result = bytes.withUnsafeBytes {
            send(flow.socket.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if result < 0, Errno.last == .connectionRefused {
            // The refusal is of the datagram before; this one is the one to try elsewhere.
            flow.unanswered = Array(bytes.prefix(Self.keptSize + 1))
            return fallBack(flow)
        }
        if flow.candidates.isEmpty || bytes.count > Self.keptSize { return }
        flow.unanswered = Array(bytes)
    }

    /// Nobody listens there: the last datagram goes to the next address.
    private func fallBack(_ flow: UDPFlow) {
        guard !flow.candidates.isEmpty, let bytes = flow.unanswered else { return }
        drop(flow)
        guard bytes.count <= Self.keptSize, let next = makeFlow(flow.key, flow.container, flow.candidates) else {
            return
        }
        forward(next, bytes[...])
    }

    private func makeFlow(
        _ key: UDPFlow.Key, _ container: String, _ candidates: ArraySlice<SocketAddress>
    ) -> UDPFlow? {
        guard let namespace = namespaces[container] else { return nil }
        if flows.count >= flowLimit, let oldest = flows.values.min(by: { $0.lastUse < $1.lastUse }) { drop(oldest) }
        var candidates = candidates
        while let address = candidates.popFirst() {
            do throws(SystemError) {
                let socket = try makeSocket(for: address, .udp, in: namespace)
                let fd = socket.rawValue
                try systemCall("connect", "udp") { address.withRaw { connect(fd, $0, $1) } }
                let flow = UDPFlow(
                    id: newID(), key: key, container: container, socket: socket, candidates: candidates)
                try poll.add(fd, .readable, token: Kind.flow.token(flow.id))
                flows[flow.id] = flow
                flowIDs[key] = flow.id
                if nextSweep == nil { nextSweep = .now.advanced(by: Self.sweepInterval) }
                return flow
            } catch {
                // Unreachable that way: the next address may do.
                continue
            }
        }
        return nil
    }

    private func drop(_ flow: UDPFlow) {
        try? poll.remove(flow.socket.rawValue)
        flows[flow.id] = nil
        if flowIDs[flow.key] == flow.id { flowIDs[flow.key] = nil }
    }
}
