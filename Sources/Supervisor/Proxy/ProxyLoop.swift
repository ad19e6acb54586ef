internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// The events of all published ports and their connections.
final class ProxyLoop {
    /// What a token of the poll stands for: the kind in its lowest bits, the id above.
    enum Kind: UInt64 {
        case commands, listener, client, server, flow

        func token(_ id: UInt64) -> UInt64 { id << 3 | rawValue }
    }

    let thread: ProxyThread
    let pool = PipePool()
    /// How many TCP connections there may be at once: each takes two to six descriptors.
    let relayLimit: Int
    let flowLimit: Int
    var poll: EventPoll
    var listeners: [UInt64: PortListener] = [:]
    var namespaces: [String: SharedDescriptor] = [:]
    var relays: [UInt64: TCPRelay] = [:]
    var flows: [UInt64: UDPFlow] = [:]
    var flowIDs: [UDPFlow.Key: UInt64] = [:]
    var datagram = [UInt8](repeating: 0, count: 65536)
    /// When the attempt of a relay that is connecting is given up.
    var attempts: [UInt64: ContinuousClock.Instant] = [:]
    var busy: [UInt64] = []
    var nextSweep: ContinuousClock.Instant?
    /// Until when no connection is accepted.
    var pause: ContinuousClock.Instant?
    private let home: OwnedDescriptor
    private var lastID: UInt64 = 0

    init(thread: ProxyThread, descriptorLimit: Int) throws(SystemError) {
        self.thread = thread
        relayLimit = min(4096, max(16, (descriptorLimit - 256) / 8))
        flowLimit = min(2048, max(16, (descriptorLimit - 256) / 8))
        home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
        poll = try EventPoll(batch: 128)
        try poll.add(thread.commandDescriptor, .readable, token: Kind.commands.token(0))
    }

    func run() throws(SystemError) {
        while true {
            for event in try poll.wait(milliseconds: timeout()) { try handle(event) }
            let turn = busy
            busy = []
            for id in turn {
                guard let relay = relays[id] else { continue }
                relay.isQueued = false
                pump(relay)
            }
            try passDeadlines()
        }
    }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Makes a socket for a way into a container: bound to the bridge, or inside its namespace, where the socket stays
    /// while the thread comes back.
    ///
    /// - Throws: EADDRNOTAVAIL when the host has no such bridge.
    func makeSocket(
        for target: PortTarget, _ transport: Transport, of container: String
    ) throws(SystemError) -> SharedDescriptor {
        if let source = target.source {
            let socket = try target.address.makeSocket(transport)
            let fd = socket.rawValue
            try systemCall("bind", "\(transport)") { source.withRaw { bind(fd, $0, $1) } }
            return SharedDescriptor(socket)
        }
        guard let fd = namespaces[container]?.rawValue else {
            throw SystemError("setns", container, .networkUnreachable)
        }
        try systemCall("setns", "\(fd)") { cl_setns(fd, CL_CLONE_NEWNET) }
        defer { goHome() }
        return SharedDescriptor(try target.address.makeSocket(transport))
    }

    /// A thread in the wrong namespace would open ports there: rather end.
    private func goHome() {
        if cl_setns(home.rawValue, CL_CLONE_NEWNET) != 0 { _exit(1) }
    }

    private func handle(_ event: EventPoll.Event) throws(SystemError) {
        let id = event.token >> 3
        switch Kind(rawValue: event.token & 7) {
        case .commands:
            for (command, token) in thread.takeCommands() { perform(command, token) }
        case .listener:
            guard let listener = listeners[id] else { return }
            if listener.port.transport == .tcp { try accept(listener) } else { receive(listener) }
        case .client:
            guard let relay = relays[id] else { return }
            relay.clientReady(event.readiness)
            pump(relay)
        case .server:
            guard let relay = relays[id] else { return }
            serverEvent(relay, event.readiness)
        case .flow:
            guard let flow = flows[id] else { return }
            answer(flow)
        case nil:
            return
        }
    }

    private func timeout() -> Int32 {
        if !busy.isEmpty { return 0 }
        let dates = [attempts.values.min(), nextSweep, pause].compactMap { $0 }
        return dates.min()?.timeout ?? -1
    }

    private func passDeadlines() throws(SystemError) {
        guard !attempts.isEmpty || nextSweep != nil || pause != nil else { return }
        let now = ContinuousClock.now
        for (id, deadline) in attempts where deadline <= now {
            if let relay = relays[id] { giveUp(relay) }
        }
        if let date = nextSweep, date <= now { sweepFlows(now) }
        if let date = pause, date <= now { try resumeAccepting() }
    }
}

// MARK: - Commands

extension ProxyLoop {
    private func perform(_ command: ProxyCommand, _ token: UInt64?) {
        var result: PublicationResult?
        switch command {
        case .publish(let ports, let held):
            result = publish(ports)
            if result?.isPublished == true {
                for (name, namespace) in held where namespaces[name] !== namespace {
                    detach(name)
                    namespaces[name] = namespace
                }
            }
        case .withdraw(let name):
            detach(name)
            for listener in listeners.values where listener.port.container == name { close(listener) }
        case .detach(let name):
            detach(name)
        }
        if let token { thread.complete(ProxyCompletion(token: token, result: result)) }
    }

    /// Opens all or none; sockets that are open already are used again.
    private func publish(_ ports: [PublishedPort]) -> PublicationResult {
        let names = Set(ports.map(\.container))
        let old = listeners.values.filter { names.contains($0.port.container) }
        var known = Dictionary(old.map { (PortListener.Place($0), $0) }) { first, _ in first }
        var opened: [PortListener] = []
        var result = PublicationResult(isPublished: true, ports: [])
        for port in ports {
            do throws(SystemError) {
                let own = try open(port, reusing: &known)
                opened += own
                result.ports.append(.init(hostPort: own.first?.port.hostPort ?? port.hostPort, errno: nil))
            } catch {
                result.isPublished = false
                result.ports.append(.init(hostPort: port.hostPort, errno: error.errno.rawValue))
            }
        }
        guard result.isPublished else { return result }
        for listener in old {
            dropFlows { $0.listener == listener.id }
            listeners[listener.id] = nil
            // Watched until here; a socket that goes on gets its new token below.
            try? poll.remove(listener.socket.rawValue)
        }
        for listener in opened {
            listeners[listener.id] = listener
            // Failing needs a full kernel table; the port then is open but dumb, and the next publication mends it.
            try? poll.add(listener.socket.rawValue, .readable, token: Kind.listener.token(listener.id))
        }
        return result
    }

    private func open(
        _ port: PublishedPort, reusing known: inout [PortListener.Place: PortListener]
    ) throws(SystemError) -> [PortListener] {
        var own: [PortListener] = []
        var isServed = false
        var number = port.hostPort
        guard !port.hostAddresses.isEmpty else { throw SystemError("bind", port.container, .invalidArgument) }
        for host in port.hostAddresses {
            let address = SocketAddress(host, port: number)
            let place = PortListener.Place(address: address, transport: port.transport)
            // A second one of the same place finds it taken by its socket.
            if let open = known.removeValue(forKey: place) {
                own.append(PortListener(id: newID(), reusing: open, for: port))
            } else {
                do throws(SystemError) {
                    own.append(try PortListener(id: newID(), port: port, address: address))
                } catch  where address.family == .v6 && isServed && error.isMissingFamily {
                    continue
                }
            }
            if address.family == .v4 { isServed = true }
            number = own.last?.port.hostPort ?? number
        }
        return own
    }

    private func close(_ listener: PortListener) {
        dropFlows { $0.listener == listener.id }
        listeners[listener.id] = nil
        try? poll.remove(listener.socket.rawValue)
    }

    private func detach(_ name: String) {
        namespaces[name] = nil
        for relay in relays.values where relay.container == name { close(relay, isBroken: true) }
        dropFlows { $0.container == name }
    }
}

extension SystemError {
    /// Whether the host has no IPv6, or no such IPv6 address.
    fileprivate var isMissingFamily: Bool {
        errno == .addressFamilyNotSupported || errno == .addressNotAvailable
    }
}
