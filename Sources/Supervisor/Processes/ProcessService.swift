internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Starts containers and watches over their processes: performs what `ProcessMachine` decides.
final class ProcessService: Service {
    typealias Machine = ProcessMachine<ContinuousClock>

    let directory: RunDirectory
    let logs: LogService
    let namespaces: NamespaceStore
    let limit: DescriptorLimit
    let boot: String
    let loop: EventLoop
    var machine: Machine
    var containers: [String: ContainerProcess] = [:]
    /// Told of each container that has come to run.
    var whenStarted: (String) -> Void = { _ in }
    /// Told of each end, when all output is read and the final record is written.
    var whenEnded: (String) -> Void = { _ in }
    /// Told of a start that failed, of which nothing is left.
    var whenDiscarded: (String) -> Void = { _ in }
    /// Told of each child that has ended; `true` for one that was no container's.
    var claimChild: (Int32, ExitStatus) -> Bool = { _, _ in false }
    /// Adds what other services know of a container.
    var complete: (inout ContainerStatus) -> Void = { _ in }
    private let clients: Clients
    private let signals: SignalSource

    /// To be made before the first thread, so that all of them have its signal blocked.
    init(
        _ directory: RunDirectory, on loop: EventLoop, clients: Clients, logs: LogService, namespaces: NamespaceStore,
        limit: DescriptorLimit, startLimit: Int
    ) throws {
        self.directory = directory
        self.loop = loop
        self.clients = clients
        self.logs = logs
        self.namespaces = namespaces
        self.limit = limit
        machine = Machine(startLimit: startLimit)
        boot = try ProcessFacts.bootID()
        try Children.adoptOrphans()
        signals = try SignalSource([SIGCHLD])
        _ = try loop.watch(signals.descriptor.rawValue) { [unowned self] _ in
            signals.consume()
            while let (pid, status) = Children.reap() {
                if !claimChild(pid, status) { act(machine.childEnded(pid, status)) }
            }
        }
    }

    var deadline: ContinuousClock.Instant? { machine.deadline }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        act(machine.deadlinePassed(now: now))
    }

    func clientLeft(_ client: UInt64) {
        machine.clientLeft(client)
    }

    func act(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .launch(let name): launch(name)
            case .inspect(let name, let status): inspect(name, status)
            case .examine(let name, let status): examine(name, status)
            case .signal(let name, let number):
                recordStop(of: name)
                Journal.perform("send signal \(number) to container \(name)") {
                    try containers[name]?.process?.descriptor.send(signal: number)
                }
            case .finish(let name, let ending): finish(name, ending)
            case .discard(let name): discard(name)
            case .answerStarted(let client, let pid): clients.answer(client, .started(pid: pid))
            case .answerFailed(let client, let failure):
                clients.answer(client, Response(SupervisorError(failure)))
            case .answerStatus(let client, let names): clients.answer(client, .containers(names.compactMap(status)))
            case .note(let text): Journal.note(text)
            }
        }
    }

    /// So that the supervisor after this one knows that the container is about to end, and when to kill it.
    private func recordStop(of name: String) {
        guard let container = containers[name], let lifecycle = machine.lifecycle(of: name), lifecycle.isStopping else {
            return
        }
        container.record.stop = StopRecord(remaining: lifecycle.deadline.map { $0 - .now })
        Journal.perform("record the stop of \(name)") { try container.writeRecord() }
    }

    func files(of name: String) -> ContainerFiles {
        directory.container(name, logs.directory)
    }

    func status(of name: String) -> ContainerStatus? {
        guard let container = containers[name], let lifecycle = machine.lifecycle(of: name) else { return nil }
        var status = container.status(lifecycle, isNetworkHeld: namespaces.isHeld(name))
        complete(&status)
        return status
    }

    /// Whether a container starts or runs.
    func isAlive(_ name: String) -> Bool { machine.lifecycle(of: name)?.isAlive == true }

    /// The pid of a container that runs.
    func pid(of name: String) -> Int32? { machine.lifecycle(of: name)?.pid }
}

extension SupervisorError {
    init(_ failure: ProcessFailure) {
        self.init(failure.code, failure.message)
    }
}

// MARK: - Requests

extension ProcessService {
    func stop(_ orders: [StopOrder], client: UInt64) {
        act(machine.stopRequested(orders, client: client, now: .now))
    }

    func wait(for name: String, client: UInt64) throws {
        try refusing { () throws(ProcessFailure) in act(try machine.waitRequested(name, client: client)) }
    }

    func kill(_ name: String, signal: Int32) throws {
        try refusing { () throws(ProcessFailure) in try machine.checkRunning(name) }
        guard try containers[name]?.process?.descriptor.send(signal: signal) == true else {
            throw SupervisorError(.notRunning, "Container `\(name)` does not run any more.")
        }
    }

    /// Drops everything about a container that has ended. An unknown one is fine.
    func forget(_ name: String, removesLogs: Bool) throws {
        try Self.check(name)
        try refusing { () throws(ProcessFailure) in try machine.forgetRequested(name) }
        let keeper = containers[name]?.keeper
        logs.drainAll(of: name)
        release(name)
        containers[name] = nil
        let files = files(of: name)
        try logs.removeFiles(of: name, files, isWhole: removesLogs)
        try namespaces.forget(name)
        for path in [files.process, files.ended, files.exit, files.pid, files.runtimeLog, files.health] {
            try Files.remove(path)
        }
        // Without its record it has nothing to stay for.
        if let keeper { _ = try keeper.descriptor.waitForEnd(milliseconds: 1000) }
    }

    /// Names become file names: what could lead elsewhere is refused.
    static func check(_ name: String) throws(SupervisorError) {
        let isPlain =
            !name.isEmpty && name.utf8.count <= 200 && name != "." && name != ".."
            && !name.utf8.contains { $0 == 0x2F || $0 < 0x20 }
        guard isPlain else {
            throw SupervisorError(.badRequest, "`\(name)` cannot be the name of a container.")
        }
    }

    func refusing(_ body: () throws(ProcessFailure) -> Void) throws(SupervisorError) {
        do throws(ProcessFailure) {
            try body()
        } catch {
            throw SupervisorError(error)
        }
    }

    /// Lets go of what is watched for a container.
    func release(_ name: String) {
        logs.close(name)
        guard let container = containers[name] else { return }
        loop.unwatch(container.token)
        container.token = nil
        container.process = nil
    }
}
