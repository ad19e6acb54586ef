internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// What each request does.
extension ControlLoop {
    func serve(_ request: Request, _ descriptors: [SharedDescriptor], client: UInt64) {
        do {
            switch request {
            case .hold(let names): answer(client, .held(paths: try hold(names, descriptors)))
            case .start(let start): try enqueue(start, client: client)
            case .stop(let orders): stop(orders, client: client)
            case .kill(let name, let signal): answer(client, try kill(name, signal))
            case .wait(let name):
                let container = try existing(name)
                act(on: container, container.lifecycle.waitRequested(client: client))
            case .status: answer(client, .containers(containers.values.map(\.status).sorted { $0.name < $1.name }))
            case .publish(let ports): try publish(ports, client: client)
            case .withdraw(let name): withdraw(name, client: client)
            case .forget(let name, let removesLogs): try forget(name, removesLogs: removesLogs, client: client)
            }
        } catch let error as SupervisorError {
            answer(client, Response(error))
        } catch {
            answer(client, Response(SupervisorError(.system, "Could not serve the request", cause: error)))
        }
    }

    /// Serves what clients of every release may ask.
    func serve(_ request: FrozenRequest, client: UInt64) {
        switch request {
        case .hello(let known):
            let introduction = Introduction(
                pid: ProcessIdentity.current, release: release, features: Feature.current.intersection(known))
            answer(client, FrozenResponse.hello(introduction))
        case .shutdown(let isForced):
            do throws(SupervisorError) {
                try shutdown(isForced: isForced)
                answer(client, FrozenResponse.done)
            } catch {
                answer(client, FrozenResponse(error))
            }
        }
    }

    func existing(_ name: String) throws(SupervisorError) -> Container {
        guard let container = containers[name] else {
            throw SupervisorError(.unknownContainer, "The supervisor knows no container \(name)")
        }
        return container
    }

    private func hold(_ names: [String], _ descriptors: [SharedDescriptor]) throws(SupervisorError) -> [String] {
        guard names.count == descriptors.count else {
            throw SupervisorError(
                .badRequest, "\(names.count) names came with \(descriptors.count) namespaces to hold")
        }
        for name in names { try Self.check(name) }
        return zip(names, descriptors).map { name, descriptor in
            held[name] = descriptor
            return "/proc/\(ProcessIdentity.current)/fd/\(descriptor.rawValue)"
        }
    }

    private func stop(_ orders: [StopOrder], client: UInt64) {
        let known = orders.filter { containers[$0.name] != nil }
        let alive = known.map(\.name).filter { containers[$0]?.lifecycle.isAlive == true }
        let pending = PendingEndings(names: known.map(\.name), alive: Set(alive))
        if pending.isComplete {
            return answer(client, statuses(of: pending))
        }
        pendingEndings[client] = pending
        let now = ContinuousClock.now
        for order in known {
            guard let container = containers[order.name] else { continue }
            act(
                on: container,
                container.lifecycle.stopRequested(
                    signal: order.signal, grace: .milliseconds(max(0, order.graceMilliseconds)), now: now))
        }
    }

    func statuses(of pending: PendingEndings) -> Response {
        .containers(pending.names.compactMap { containers[$0]?.status })
    }

    private func kill(_ name: String, _ signal: Int32) throws -> Response {
        let container = try existing(name)
        guard let process = container.process, container.lifecycle.pid != nil else {
            throw SupervisorError(.notRunning, "Container \(name) does not run")
        }
        guard try process.descriptor.send(signal: signal) else {
            throw SupervisorError(.notRunning, "Container \(name) does not run any more")
        }
        return .done
    }

    private func forget(_ name: String, removesLogs: Bool, client: UInt64) throws {
        try Self.check(name)
        let keeper = containers[name]?.keeper
        if let container = containers[name] {
            guard !container.lifecycle.isAlive else {
                throw SupervisorError(
                    .stillRunning, "Container \(name) still runs and cannot be forgotten; stop it first")
            }
            drainAll(of: container)
            close(container)
            containers[name] = nil
        }
        held[name] = nil
        let files = directory.container(name)
        for stream in LogStream.allCases {
            try Files.remove(files.fifo(stream))
            if removesLogs {
                try Files.remove(logs.file(name, stream))
                try Files.remove(logs.index(name, stream))
            }
        }
        for path in [files.process, files.ended, files.exit, files.pid] { try Files.remove(path) }
        // Without its record it has nothing to stay for.
        if let keeper { _ = try keeper.descriptor.waitForEnd(milliseconds: 1000) }
        withdraw(name, client: client)
    }

    private func shutdown(isForced: Bool) throws(SupervisorError) {
        let running = containers.values.filter(\.lifecycle.isAlive).map(\.name).sorted()
        guard isForced || running.isEmpty else {
            throw SupervisorError(
                .stillRunning, "The supervisor does not end while containers run: \(running.joined(separator: ", "))")
        }
        isEnding = true
    }

    /// Names become file names: what could lead elsewhere is refused.
    static func check(_ name: String) throws(SupervisorError) {
        let isPlain =
            !name.isEmpty && name.utf8.count <= 200 && name != "." && name != ".."
            && !name.utf8.contains { $0 == 0x2F || $0 < 0x20 }
        guard isPlain else {
            throw SupervisorError(.badRequest, "\"\(name)\" cannot be the name of a container")
        }
    }
}

// MARK: - Ports

extension ControlLoop {
    private func publish(_ wanted: [PublishedPort], client: UInt64) throws {
        var namespaces: [String: SharedDescriptor] = [:]
        for port in wanted where namespaces[port.container] == nil {
            namespaces[port.container] = try namespace(of: port.container)
        }
        publications[client] = wanted
        proxy.submit(.publish(wanted, namespaces), token: client)
    }

    private func namespace(of name: String) throws -> SharedDescriptor {
        if let namespace = held[name] { return namespace }
        guard let pid = containers[name]?.lifecycle.pid else {
            throw SupervisorError(
                .unknownNamespace, "Cannot publish ports of \(name): no namespace is held for it and it does not run")
        }
        let namespace = SharedDescriptor(try NetworkNamespace.of(process: pid))
        held[name] = namespace
        return namespace
    }

    private func withdraw(_ name: String, client: UInt64) {
        if ports.removeValue(forKey: name) != nil { writePorts() }
        proxy.submit(.withdraw(name), token: client)
    }

    func takeCompletions() {
        for completion in proxy.takeCompletions() {
            guard let result = completion.result else {
                answer(completion.token, Response.done)
                continue
            }
            if let wanted = publications.removeValue(forKey: completion.token), result.isPublished {
                for name in Set(wanted.map(\.container)) { ports[name] = [] }
                for (port, opened) in zip(wanted, result.ports) {
                    var port = port
                    port.hostPort = opened.hostPort
                    ports[port.container, default: []].append(port)
                }
                writePorts()
            } else if !result.isPublished, completion.token == 0 {
                note("Could not open all published ports again: \(result.ports)")
            }
            answer(completion.token, .published(result))
        }
    }

    private func writePorts() {
        perform("record the published ports") {
            try Files.write(try Coding.encode(ports), to: directory.ports, mode: 0o600)
        }
    }
}
