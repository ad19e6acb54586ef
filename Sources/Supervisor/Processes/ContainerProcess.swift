internal import Containers
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// What the process service holds for one container.
final class ContainerProcess {
    let name: String
    let files: ContainerFiles
    let isAdopted: Bool
    var record: ProcessRecord
    /// The start that is in the queue or under way.
    var request: StartRequest?
    /// The standard input that came with the request, until the start.
    var input: SharedDescriptor?
    /// The start's command and what the runtime leaves of it.
    var launcher: Launcher
    var process: ProcessHandle?
    var token: EventLoop.Token?
    /// What holds the outputs and the exit status of a container without trice-init inside; see `StartRequest.keeper`.
    var keeper: ProcessHandle?

    init(name: String, files: ContainerFiles, record: ProcessRecord, launcher: Launcher, isAdopted: Bool) {
        self.name = name
        self.files = files
        self.record = record
        self.launcher = launcher
        self.isAdopted = isAdopted
    }

    /// One that an earlier supervisor started. A start that is under way goes on; it is not begun again.
    convenience init(adopting name: String, files: ContainerFiles, record: ProcessRecord) {
        let launcher = Launcher(
            ChildProcess.Command(""), files: LaunchFiles(pid: FilePath(record.pidFile), log: files.runtimeLog))
        self.init(name: name, files: files, record: record, launcher: launcher, isAdopted: true)
    }

    func status(_ lifecycle: ContainerLifecycle, isNetworkHeld: Bool) -> ContainerStatus {
        let ending = lifecycle.ending
        let state: ContainerStatus.State =
            switch lifecycle.state {
            case .starting: .starting
            case .running: .running
            case .ended: .exited
            }
        return ContainerStatus(
            name: name, state: state, pid: lifecycle.pid, code: ending?.code, signal: ending?.signal,
            startedAt: record.pid == nil ? nil : record.startedAt, endedAt: ending?.endedAt, isAdopted: isAdopted,
            isStopping: lifecycle.isStopping ? true : nil, hasRecordedEnd: hasRecordedEnd(lifecycle) ? true : nil,
            isNetworkHeld: isNetworkHeld ? true : nil)
    }

    /// Whether the program has ended while PID 1, which reports it, is still there.
    private func hasRecordedEnd(_ lifecycle: ContainerLifecycle) -> Bool {
        guard record.usesInit, lifecycle.pid != nil else { return false }
        // A record that cannot be looked at counts as missing: the end of PID 1 tells as well.
        return ((try? Files.status(files.exit))?.size ?? 0) > 0
    }

    func writeRecord() throws {
        try Files.write(try Coding.encode(record), to: files.process, mode: 0o600)
    }

    /// What is known about the end of PID 1, apart from a status of waitpid(2).
    func evidence(waited: ExitStatus?) -> ExitEvidence {
        var evidence = ExitEvidence(waited: waited, usesInit: record.usesInit)
        evidence.recorded = exitRecord
        if waited == nil {
            evidence.kept = process?.descriptor.keptExitStatus()
            if evidence.kept == nil, let pid = record.pid, let startTime = record.startTime {
                evidence.kept = ExitStatus(zombie: pid, startTime: startTime)
            }
            // A keeper writes it between the end and the reaping: a reader that finds no zombie any more finds the
            // record.
            if evidence.recorded == nil { evidence.recorded = exitRecord }
        }
        return evidence
    }

    private var exitRecord: ExitStatus? {
        // Without a readable record the other evidence counts.
        guard let text = try? Files.text(files.exit) else { return nil }
        return ExitStatus(record: text)
    }
}

/// A `ProcessDescriptor` that can be stored in an optional and shared.
final class ProcessHandle {
    let descriptor: ProcessDescriptor

    init(pid: Int32) throws(SystemError) {
        descriptor = try ProcessDescriptor(pid: pid)
    }

    /// `nil` when there is no such process.
    static func of(_ pid: Int32) throws(SystemError) -> ProcessHandle? {
        do throws(SystemError) {
            return try ProcessHandle(pid: pid)
        } catch  where error.errno == .noSuchProcess {
            return nil
        }
    }

    /// The parent of a container's first process; `nil` when either is gone.
    static func parent(of pid: Int32) -> ProcessHandle? {
        ProcessFacts.parent(of: pid, orOfZombie: true).flatMap { try? ProcessHandle(pid: $0) }
    }
}
