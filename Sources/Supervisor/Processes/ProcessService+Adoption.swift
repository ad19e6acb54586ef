internal import Containers
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Takes over what an earlier supervisor left when it was killed.
extension ProcessService {
    func adopt() throws {
        for name in try Files.names(in: directory.containers) {
            let files = files(of: name)
            guard let record = Coding.record(ProcessRecord.self, at: files.process) else { continue }
            let container = ContainerProcess(adopting: name, files: files, record: record)
            containers[name] = container
            Journal.perform("adopt container \(name)") {
                try logs.open(name, files, limits: record.request?.care?.logs, isFresh: false)
            }
            adoptProcess(of: container)
        }
    }

    private func adoptProcess(of container: ContainerProcess) {
        let name = container.name
        machine.adopted(name, .starting)
        if let ending = Coding.record(Ending.self, at: container.files.ended) {
            machine.adopted(name, .ended(ending))
            return logs.drainAll(of: name)
        }
        guard container.record.boot == boot else { return examine(name, nil) }
        if container.record.pid == nil {
            if let helper = container.record.helper, watchHelper(helper, of: container) { return }
            // The runtime wrote it after the last supervisor was killed. The start removed an older one, so one that is
            // there is of this start. One that cannot be read counts as missing.
            container.record.pid = try? container.launcher.pid()
            container.record.startTime = container.record.pid.flatMap {
                ProcessFacts.startTime(of: $0, orOfZombie: true)
            }
            Journal.perform("record container \(name)") { try container.writeRecord() }
        }
        guard let pid = container.record.pid, let startTime = container.record.startTime,
            let process = try? ProcessHandle(pid: pid),
            // Compared when the descriptor is open: from now on it cannot come to mean another process.
            ProcessFacts.startTime(of: pid) == startTime
        else { return examine(name, nil) }
        container.process = process
        if container.record.hasKeeper { container.keeper = ProcessHandle.parent(of: pid) }
        if let stop = container.record.stop {
            machine.adoptedStopping(name, pid: pid, deadline: stop.remaining.map { .now + $0 })
        } else {
            machine.adopted(name, .running(pid: pid))
        }
        Journal.perform("hold the namespace of \(name)") { try namespaces.adopt(name, pid: pid) }
        if let size = (try? Files.status(container.files.exit))?.size, size > 0 {
            // The program has ended, and PID 1 waits only until its last output has been read.
            logs.drainAll(of: name)
            if (try? process.descriptor.waitForEnd(milliseconds: 1000)) == true { return examine(name, nil) }
        }
        Journal.perform("watch container \(name)") { try watchEnd(of: container) }
        if container.record.hasTerminal {
            Journal.perform("take over the terminal of \(name)") {
                try logs.adoptTerminal(of: name, inheritedBy: container.keeper ?? process)
            }
        }
    }

    /// Whether the runtime is still at work; its end is then waited for.
    private func watchHelper(_ helper: Int32, of container: ContainerProcess) -> Bool {
        // No such process: the helper has ended.
        guard let process = try? ProcessHandle(pid: helper),
            let startTime = ProcessFacts.startTime(of: helper), startTime == container.record.helperStartTime
        else { return false }
        machine.adopted(container.name, .starting, helper: helper)
        container.process = process
        Journal.perform("watch the start of \(container.name)") { try watchEnd(of: container) }
        return true
    }
}
