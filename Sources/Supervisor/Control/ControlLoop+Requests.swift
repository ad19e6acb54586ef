internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Which service each request goes to.
extension ControlLoop {
    /// - Throws: what is to be answered; any other answer is the service's.
    func serve(_ request: IncomingRequest, _ descriptors: [SharedDescriptor], client: UInt64) throws {
        switch request {
        case .frozen(let request): serve(request, client: client)
        case .service(let request): try serve(request, descriptors, client: client)
        }
    }

    private func serve(_ request: Request, _ descriptors: [SharedDescriptor], client: UInt64) throws {
        switch request {
        case .hold(let names): clients.answer(client, .held(paths: try hold(names, descriptors)))
        case .start(let start):
            try processes.start(start, input: descriptors.first, client: client)
            restarts.startRequested(start.name, start.care)
        case .stop(let orders):
            for order in orders { restarts.stopRequested(order.name) }
            processes.stop(orders, client: client)
        case .kill(let name, let signal):
            // What asks it to end is a wish that it stays so.
            if signal == SIGKILL || signal == SIGTERM { restarts.stopRequested(name) }
            try processes.kill(name, signal: signal)
            clients.answer(client, Response.done)
        case .wait(let name): try processes.wait(for: name, client: client)
        case .status:
            clients.answer(client, .containers(processes.machine.names.compactMap(processes.status)))
        case .publish(let wanted): try ports.publish(wanted, client: client)
        case .withdraw(let name): ports.withdraw(name, client: client)
        case .expect(let name, let expectation, let milliseconds):
            try expectations.expect(name, expectation, milliseconds: milliseconds, client: client)
        case .openPorts: clients.answer(client, .openPorts(ports.openPorts))
        case .schedule(let scheduled):
            jobs.schedule(scheduled)
            clients.answer(client, Response.done)
        case .listen(let sockets):
            try shells.listen(sockets)
            clients.answer(client, Response.done)
        case .follow: states.follow(client)
        case .announce(let name):
            changed.insert(name)
            clients.answer(client, Response.done)
        case .forget(let name, let removesLogs):
            try processes.forget(name, removesLogs: removesLogs)
            try restarts.forget(name)
            removals.containerForgotten(name)
            ports.withdraw(name, client: client)
        }
    }

    /// Serves what clients of every release may ask.
    private func serve(_ request: FrozenRequest, client: UInt64) {
        switch request {
        case .hello(let known):
            let introduction = Introduction(
                pid: ProcessIdentity.current, release: release, features: Feature.current.intersection(known))
            clients.answer(client, FrozenResponse.hello(introduction))
        case .shutdown(let isForced):
            let running = processes.machine.alive
            guard isForced || running.isEmpty else {
                return clients.answer(
                    client,
                    FrozenResponse(
                        SupervisorError(
                            .stillRunning,
                            "The supervisor does not end while containers run: `\(running.joined(separator: "`, `"))`.")
                    ))
            }
            isEnding = true
            clients.answer(client, FrozenResponse.done)
        }
    }

    private func hold(_ names: [String], _ descriptors: [SharedDescriptor]) throws -> [String] {
        guard names.count == descriptors.count else {
            throw SupervisorError(
                .badRequest, "\(names.count) names came with \(descriptors.count) namespaces to hold.")
        }
        for name in names { try ProcessService.check(name) }
        var paths: [String] = []
        for (name, descriptor) in zip(names, descriptors) {
            paths.append(try namespaces.hold(descriptor, for: name).string)
        }
        return paths
    }
}
