internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// A descriptor with several holders, closed when the last one lets go.
final class SharedDescriptor: Sendable {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    var rawValue: Int32 { descriptor.rawValue }
}

/// One container with everything that the control loop holds for it.
final class Container {
    let name: String
    let files: ContainerFiles
    let isAdopted: Bool
    var lifecycle = ContainerLifecycle()
    var record: ProcessRecord
    /// The start that is in the queue or under way, and the client that waits for it.
    var start: (request: StartRequest, client: UInt64)?
    var helper: Int32?
    var process: ProcessHandle?
    /// What holds the outputs and the exit status of a container without trice-init inside; see `StartRequest.keeper`.
    var keeper: ProcessHandle?
    var pipes: [LogStream: LogPipe] = [:]
    var terminal: Terminal?
    /// Everything of this container that the poll watches.
    var tokens: [UInt64: Int32] = [:]

    init(name: String, files: ContainerFiles, record: ProcessRecord, isAdopted: Bool) {
        self.name = name
        self.files = files
        self.record = record
        self.isAdopted = isAdopted
    }

    var status: ContainerStatus {
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
            isStopping: lifecycle.isStopping ? true : nil)
    }

    func writeRecord() throws {
        try Files.write(try Coding.encode(record), to: files.process, mode: 0o600)
    }

    /// Opens the outputs, and the log files below `logs`.
    func openPipes(logs: LogDirectory, isFresh: Bool) throws(SystemError) {
        for stream in LogStream.allCases {
            pipes[stream] = try LogPipe(
                fifo: files.fifo(stream), log: logs.file(name, stream), index: logs.index(name, stream),
                isFresh: isFresh)
        }
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
            // A keeper writes it between the end and the reaping: whoever finds no zombie any more finds the record.
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
}

/// A connection to a client that waits for its one response.
final class Client {
    let id: UInt64
    let socket: MessageSocket
    /// Whether its request has come: whatever comes later is its departure.
    var isServed = false

    init(id: UInt64, socket: consuming MessageSocket) {
        self.id = id
        self.socket = socket
    }
}
