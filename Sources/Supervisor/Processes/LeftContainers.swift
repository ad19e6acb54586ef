internal import Containers
internal import LinuxSystem
package import SupervisorProtocol
package import SystemPackage

/// What a supervisor that was killed left about its containers, and what the kernel says of them: for a caller that
/// looks while no supervisor lives. It changes nothing; the next supervisor takes the containers over.
package struct LeftContainers {
    private let directory: RunDirectory
    private let logs: LogDirectory

    package init(runDirectory: FilePath, logs: LogDirectory) {
        directory = RunDirectory(path: runDirectory)
        self.logs = logs
    }

    /// The containers, by name.
    package func statuses() throws -> [ContainerStatus] {
        guard Files.exists(directory.containers) else { return [] }
        let boot = try ProcessFacts.bootID()
        return try Files.names(in: directory.containers).sorted().compactMap { name in
            let files = directory.container(name, logs)
            guard let record = Coding.record(ProcessRecord.self, at: files.process) else { return nil }
            return status(of: ContainerProcess(adopting: name, files: files, record: record), boot)
        }
    }

    private func status(of container: ContainerProcess, _ boot: String) -> ContainerStatus {
        // The process that held its namespace is gone.
        let state = state(of: container, boot)
        var isRunning = false
        if case .running = state { isRunning = true }
        let isStopping = isRunning && container.record.stop != nil
        var status = container.status(ContainerLifecycle(state, isStopping: isStopping), isNetworkHeld: false)
        status.health = Coding.record(HealthReport.self, at: container.files.health)
        // Without a supervisor nothing is started again.
        status.restarts = Coding.record(RestartService.Record.self, at: container.files.restarts)?
            .report(isPending: false)
        return status
    }

    private func state(of container: ContainerProcess, _ boot: String) -> ContainerLifecycle.State {
        if let ending = Coding.record(Ending.self, at: container.files.ended) {
            return .ended(ending)
        } else if container.record.boot == boot, isStarting(container.record) {
            return .starting
        } else if container.record.boot == boot, let pid = runningProcess(of: container) {
            return .running(pid: pid)
        } else {
            let status = container.record.boot == boot ? container.evidence(waited: nil).status : nil
            return .ended(Ending(status, at: UInt64(WallClock.nanoseconds)))
        }
    }

    /// Whether the runtime is still at work.
    private func isStarting(_ record: ProcessRecord) -> Bool {
        guard record.pid == nil, let helper = record.helper, let startTime = record.helperStartTime else {
            return false
        }
        return ProcessFacts.startTime(of: helper) == startTime
    }

    /// PID 1 of the container while its program runs.
    private func runningProcess(of container: ContainerProcess) -> Int32? {
        // With an exit record the program has ended, and PID 1 waits only until its last output is read.
        if let size = (try? Files.status(container.files.exit))?.size, size > 0 { return nil }
        if let pid = container.record.pid {
            // A process that is gone has no start time.
            return ProcessFacts.startTime(of: pid) == container.record.startTime && ProcessFacts.isAlive(pid)
                ? pid : nil
        }
        // The runtime wrote it after the supervisor had been killed; the start removed older ones.
        guard let pid = try? container.launcher.pid() else { return nil }
        return ProcessFacts.isAlive(pid) ? pid : nil
    }
}
