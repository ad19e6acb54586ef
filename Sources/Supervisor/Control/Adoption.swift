internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Takes over what an earlier supervisor left when it was killed.
extension ControlLoop {
    func adopt() throws {
        for name in try Files.names(in: directory.containers) {
            let files = directory.container(name)
            guard let record = Coding.record(ProcessRecord.self, at: files.process) else { continue }
            let container = Container(name: name, files: files, record: record, isAdopted: true)
            containers[name] = container
            perform("adopt container \(name)") {
                try container.openPipes(logs: logs, isFresh: false)
                try watchLogs(of: container)
            }
            adoptProcess(of: container)
        }
        adoptPorts()
    }

    private func adoptProcess(of container: Container) {
        if let ending = Coding.record(Ending.self, at: container.files.ended) {
            container.lifecycle = ContainerLifecycle(.ended(ending))
            return drainAll(of: container)
        }
        guard container.record.boot == boot else { return processEnded(container, nil) }
        if container.record.pid == nil {
            if let helper = container.record.helper, watchHelper(helper, of: container) { return }
            container.record.pid = startedPid(of: container)
            container.record.startTime = container.record.pid.flatMap(ProcessFacts.startTime)
            perform("record container \(container.name)") { try container.writeRecord() }
        }
        guard let pid = container.record.pid, let startTime = container.record.startTime,
            let process = try? ProcessHandle(pid: pid),
            // Compared when the descriptor is open: from now on it cannot come to mean another process.
            ProcessFacts.startTime(of: pid) == startTime
        else { return processEnded(container, nil) }
        container.process = process
        if container.record.hasKeeper { container.keeper = Self.keeper(of: pid) }
        container.lifecycle = ContainerLifecycle(.running(pid: pid))
        if let size = (try? Files.status(container.files.exit))?.size, size > 0 {
            // The program has ended, and PID 1 waits only until somebody has read its last output.
            drainAll(of: container)
            if (try? process.descriptor.waitForEnd(milliseconds: 1000)) == true { return processEnded(container, nil) }
        }
        perform("watch container \(container.name)") {
            try watch(
                process.descriptor.descriptor.rawValue, [.readable, .edgeTriggered], .process(container.name),
                for: container)
        }
        if container.record.hasTerminal {
            perform("take over the terminal of \(container.name)") { try adoptTerminal(of: container, process) }
        }
    }

    /// Whether the runtime is still at work; its end is then waited for.
    private func watchHelper(_ helper: Int32, of container: Container) -> Bool {
        // No such process: the helper has ended.
        guard let process = try? ProcessHandle(pid: helper),
            let startTime = ProcessFacts.startTime(of: helper), startTime == container.record.helperStartTime
        else { return false }
        container.helper = helper
        container.process = process
        perform("watch the start of \(container.name)") {
            try watch(process.descriptor.descriptor.rawValue, .readable, .process(container.name), for: container)
        }
        return true
    }

    /// The pid that the runtime wrote after the last supervisor had been killed.
    private func startedPid(of container: Container) -> Int32? {
        // The start removed older pid files, so one that is there is of this start.
        guard let text = try? Files.text(FilePath(container.record.pidFile)) else { return nil }
        return Int32(text.prefix { $0.isNumber })
    }

    private func adoptTerminal(of container: Container, _ process: ProcessHandle) throws {
        guard let master = try TerminalStash.master(inheritedBy: container.keeper ?? process) else { return }
        let terminal = try Terminal(adopting: master)
        container.terminal = terminal
        guard let adopted = terminal.master else { return }
        try watch(adopted.rawValue, .readable, .master(container.name), for: container)
    }

    private func adoptPorts() {
        ports = Coding.record([String: [PublishedPort]].self, at: directory.ports) ?? [:]
        for (name, wanted) in ports {
            var namespaces: [String: SharedDescriptor] = [:]
            if let pid = containers[name]?.lifecycle.pid {
                perform("open the namespace of \(name)") {
                    let namespace = SharedDescriptor(try NetworkNamespace.of(process: pid))
                    namespaces[name] = namespace
                    held[name] = namespace
                }
            }
            proxy.submit(.publish(wanted, namespaces), token: 0)
        }
    }
}
