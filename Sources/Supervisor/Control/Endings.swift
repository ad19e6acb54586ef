internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Processes that end, outputs that are read, and what the lifecycle wants done.
extension ControlLoop {
    func act(on container: Container, _ actions: [ContainerLifecycle.Action]) {
        for action in actions {
            switch action {
            case .signal(let number):
                perform("send signal \(number) to container \(container.name)") {
                    try container.process?.descriptor.send(signal: number)
                }
            case .sync: sync(container)
            case .answer(let client): answer(client, .containers([container.status]))
            }
        }
    }

    func reapChildren() {
        while let (pid, status) = Children.reap() {
            if let container = containers.values.first(where: { $0.helper == pid }) {
                helperEnded(container, status)
            } else if let container = containers.values.first(where: { $0.lifecycle.pid == pid }) {
                processEnded(container, status)
            } else if !queue.isIdle {
                unclaimedExits[pid] = status
            }
        }
    }

    /// The descriptor of a process says that it has ended.
    func processReady(_ name: String) {
        guard let container = containers[name] else { return }
        if let pid = container.lifecycle.pid {
            processEnded(container, Children.reap(pid))
        } else if container.helper != nil {
            // The helper of a start that an earlier supervisor began; its status went with that one.
            unwatchAll(of: container)
            container.process = nil
            perform("watch the output of \(name) again") { try watchLogs(of: container) }
            helperEnded(container, nil)
        }
    }

    func processEnded(_ container: Container, _ waited: ExitStatus?) {
        let status = container.evidence(waited: waited).status
        act(on: container, container.lifecycle.ended(Ending(status, at: WallClock.now())))
    }

    private func sync(_ container: Container) {
        drainAll(of: container)
        if let process = container.process {
            unwatch(process.descriptor.descriptor.rawValue, of: container)
            container.process = nil
        }
        if let master = container.terminal?.master { unwatch(master.rawValue, of: container) }
        if let listening = container.terminal?.listener { unwatch(listening.rawValue, of: container) }
        container.terminal?.stopListening()
        container.terminal = nil
        // The namespace dies with its last holder: connections into it go too, the listeners stay.
        held[container.name] = nil
        proxy.submit(.detach(container.name), token: nil)
        perform("record the end of \(container.name)") {
            try Files.write(try Coding.encode(container.lifecycle.ending), to: container.files.ended, mode: 0o600)
        }
        for (client, var pending) in pendingEndings {
            let isLast = pending.ended(container.name)
            pendingEndings[client] = isLast ? nil : pending
            if isLast { answer(client, statuses(of: pending)) }
        }
    }

    /// Lets go of everything that the poll watches for a container.
    func close(_ container: Container) {
        unwatchAll(of: container)
        blocked.removeAll { $0.name == container.name }
        container.terminal?.stopListening()
        container.terminal = nil
        container.process = nil
        container.pipes = [:]
    }
}

// MARK: - Outputs

extension ControlLoop {
    func watchLogs(of container: Container) throws(SystemError) {
        for (stream, pipe) in container.pipes {
            try watch(pipe.reader.rawValue, .readable, .log(container.name, stream), for: container)
        }
    }

    func logReady(_ name: String, _ stream: LogStream) {
        guard let container = containers[name], let pipe = container.pipes[stream] else { return }
        perform("copy the output of \(name)") {
            // A few rounds only: other containers write too.
            guard case .blocked(let reason) = try pipe.drain(rounds: 4) else { return }
            note("The log of \(name) takes no more for now: \(reason)")
            unwatch(pipe.reader.rawValue, of: container)
            blocked.append((name, stream))
        }
    }

    func resumeLog(_ name: String, _ stream: LogStream) {
        guard let container = containers[name], let pipe = container.pipes[stream] else { return }
        perform("copy the output of \(name)") {
            if case .blocked = try pipe.drain(rounds: 4) {
                blocked.append((name, stream))
            } else {
                try watch(pipe.reader.rawValue, .readable, .log(name, stream), for: container)
            }
        }
    }

    /// Reads all outputs until they are empty; a stranger that still writes is not followed for ever.
    func drainAll(of container: Container) {
        if let master = container.terminal?.master { copyTerminal(container, master) }
        for pipe in container.pipes.values {
            perform("copy the last output of \(container.name)") { _ = try pipe.drain(rounds: 256) }
        }
    }

    func consoleReady(_ name: String) throws {
        guard let container = containers[name], let terminal = container.terminal,
            let listening = terminal.listener
        else { return }
        guard let master = try terminal.acceptMaster() else { return }
        unwatch(listening.rawValue, of: container)
        try watch(master.rawValue, .readable, .master(name), for: container)
    }

    func masterReady(_ name: String, _ event: EventPoll.Event) {
        guard let container = containers[name], let master = container.terminal?.master else { return }
        copyTerminal(container, master)
        if !event.readiness.isDisjoint(with: [.hungUp, .failed]) {
            // Nobody has the terminal open now. PID 1 may open it again, but then it is its own master's affair.
            unwatch(master.rawValue, of: container)
        }
    }

    private func copyTerminal(_ container: Container, _ master: SharedDescriptor) {
        guard let terminal = container.terminal, let pipe = container.pipes[.stdout] else { return }
        perform("copy the terminal output of \(container.name)") {
            for _ in 0..<64 {
                let bytes = terminal.read()
                if bytes.isEmpty { break }
                try pipe.append(bytes)
            }
        }
    }
}
