internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// Connections.
extension ProxyLoop {
    private static let attemptLimit = Duration.seconds(10)
    /// A packet filter of the host may be in the way, and another way follows.
    private static let bridgeAttemptLimit = Duration.seconds(1)

    func accept(_ listener: PortListener) throws(SystemError) {
        for _ in 0..<64 {
            guard relays.count < relayLimit else { return try pauseAccepting() }
            let fd = cl_accept4(
                listener.socket.rawValue, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            guard fd >= 0 else {
                switch Errno.last {
                case .wouldBlock: return
                case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory:
                    return try pauseAccepting()
                // The connection ended before it was accepted; accept(2) lists network errors that mean the same.
                default: continue
                }
            }
            let relay = TCPRelay(
                id: newID(), container: listener.port.container, client: SharedDescriptor(OwnedDescriptor(owning: fd)),
                targets: listener.targets[...])
            relays[relay.id] = relay
            connect(relay)
        }
    }

    /// Leaves the attempt that is being made, for the next way inside.
    func giveUp(_ relay: TCPRelay) {
        // It is open and watched.
        if let server = relay.server { try? poll.remove(server.rawValue) }
        attempts[relay.id] = nil
        connect(relay)
    }

    /// Tries the next way inside.
    private func connect(_ relay: TCPRelay) {
        guard namespaces[relay.container] != nil else { return close(relay, isBroken: true) }
        while let target = relay.targets.popFirst() {
            do throws(SystemError) {
                let server = try makeSocket(for: target, .tcp, of: relay.container)
                relay.server = server
                let fd = server.rawValue
                let result = target.address.withRaw { Glibc.connect(fd, $0, $1) }
                let code = Errno.last
                if result != 0 && code != .nowInProgress { continue }
                try poll.add(
                    fd, [.readable, .writable, .peerEnded, .edgeTriggered], token: Kind.server.token(relay.id))
                if result == 0 { return try open(relay, server) }
                let limit = target.source == nil ? Self.attemptLimit : Self.bridgeAttemptLimit
                attempts[relay.id] = .now.advanced(by: limit)
                return
            } catch  where error.errno == .addressFamilyNotSupported || error.errno == .addressNotAvailable {
                continue
            } catch {
                return close(relay, isBroken: true)
            }
        }
        close(relay, isBroken: true)
    }

    private func open(_ relay: TCPRelay, _ server: SharedDescriptor) throws(SystemError) {
        relay.isOpen = true
        attempts[relay.id] = nil
        for fd in [relay.client.rawValue, server.rawValue] {
            try SocketOption.set(fd, Int32(IPPROTO_TCP), TCP_NODELAY)
            // Finds peers that vanished without a word.
            try SocketOption.set(fd, SOL_SOCKET, SO_KEEPALIVE)
        }
        try poll.add(
            relay.client.rawValue, [.readable, .writable, .peerEnded, .edgeTriggered],
            token: Kind.client.token(relay.id))
    }

    func serverEvent(_ relay: TCPRelay, _ readiness: EventPoll.Readiness) {
        if !relay.isOpen {
            guard let server = relay.server else { return }
            if SocketOption.takeError(server.rawValue) != nil { return giveUp(relay) }
            guard readiness.contains(.writable) else { return }
            do throws(SystemError) {
                try open(relay, server)
            } catch {
                return close(relay, isBroken: true)
            }
        }
        relay.serverReady(readiness)
        pump(relay)
    }

    func pump(_ relay: TCPRelay) {
        guard relay.isOpen else { return }
        switch relay.pump(pool) {
        case .resting: return
        case .busy:
            guard !relay.isQueued else { return }
            relay.isQueued = true
            busy.append(relay.id)
        case .finished: close(relay, isBroken: false)
        case .broken: close(relay, isBroken: true)
        }
    }

    func close(_ relay: TCPRelay, isBroken: Bool) {
        if isBroken { relay.reset() }
        // What was never watched needs no removal; the rest is open and watched.
        try? poll.remove(relay.client.rawValue)
        if let server = relay.server { try? poll.remove(server.rawValue) }
        relays[relay.id] = nil
        attempts[relay.id] = nil
    }

    /// Leaves connections in the kernel's queue until some have ended.
    private func pauseAccepting() throws(SystemError) {
        pause = .now.advanced(by: .milliseconds(100))
        try watchListeners([])
    }

    func resumeAccepting() throws(SystemError) {
        pause = nil
        try watchListeners(.readable)
    }

    private func watchListeners(_ readiness: EventPoll.Readiness) throws(SystemError) {
        for listener in listeners.values where listener.port.transport == .tcp {
            try poll.modify(listener.socket.rawValue, readiness, token: Kind.listener.token(listener.id))
        }
    }
}
