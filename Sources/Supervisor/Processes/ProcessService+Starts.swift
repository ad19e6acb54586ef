internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// From a request to a running container.
extension ProcessService {
    /// - Parameter input: the container's standard input, for a request that passes it.
    func start(_ request: StartRequest, input: SharedDescriptor?, client: UInt64) throws {
        try Self.check(request.name)
        guard !request.command.isEmpty else {
            throw SupervisorError(.badRequest, "The start of `\(request.name)` has no command.")
        }
        let name = request.name
        var actions: [Machine.Action] = []
        try refusing { () throws(ProcessFailure) in actions = try machine.startRequested(name, client: client) }
        begin(request, input: request.passesInput == true ? input : nil, actions)
    }

    /// Starts a container again as it was started before.
    func restart(_ name: String) throws {
        guard let request = containers[name]?.record.request else {
            throw SupervisorError(.unknownContainer, "It is not known how `\(name)` was started.")
        }
        var actions: [Machine.Action] = []
        try refusing { () throws(ProcessFailure) in actions = try machine.restartRequested(name) }
        begin(request, input: nil, actions)
    }

    private func begin(_ request: StartRequest, input: SharedDescriptor?, _ actions: [Machine.Action]) {
        let name = request.name
        if containers[name] != nil {
            logs.drainAll(of: name)
            release(name)
        }
        let record = ProcessRecord(
            boot: boot, pidFile: request.pidFile, usesInit: request.usesInit,
            hasKeeper: request.keeper != nil, hasTerminal: request.consoleSocket != nil,
            startedAt: UInt64(WallClock.nanoseconds), request: request)
        let files = files(of: name)
        let container = ContainerProcess(
            name: name, files: files, record: record, launcher: Launcher(request, files), isAdopted: false)
        container.request = request
        container.input = input
        containers[name] = container
        act(actions)
    }

    func launch(_ name: String) {
        guard let container = containers[name], let request = container.request else { return }
        do {
            act(machine.launched(name, helper: try launch(container, request)))
        } catch {
            failed(name, .system, "Could not start the runtime for container `\(name)`: \(error)")
        }
    }

    private func failed(_ name: String, _ code: SupervisorError.Code, _ message: String) {
        let failure = ProcessFailure(code: code, message: message)
        act(machine.startFailed(name, failure, at: UInt64(WallClock.nanoseconds)))
    }

    /// - Returns: the pid of the runtime.
    private func launch(_ container: ContainerProcess, _ request: StartRequest) throws -> Int32 {
        let files = container.files
        try Files.createDirectory(files.directory, mode: 0o700)
        for path in [files.ended, files.exit] { try Files.remove(path) }
        try logs.open(container.name, files, limits: request.care?.logs, isFresh: true)
        var ends = try logs.endsForContainer(container.name)
        if request.exitRecord || request.keeper != nil {
            ends[3] = SharedDescriptor(
                try OwnedDescriptor.open(files.exit, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600))
        }
        if request.keepsInputOpen == true { ends[0] = SharedDescriptor(try openInput(files)) }
        if let input = container.input { ends[0] = input }
        // Its last copy is the container's own: the writer sees when that is closed.
        container.input = nil
        if let path = request.consoleSocket,
            let terminal = try logs.listenForTerminal(of: container.name, at: FilePath(path))
        {
            container.launcher.name(terminal.path, insteadOf: path)
            ends[4] = terminal.stash
        }
        container.record.startedAt = UInt64(WallClock.nanoseconds)
        try container.writeRecord()
        let launcher = request.keeper.map { container.launcher.monitored(by: $0) } ?? container.launcher
        let descriptors = ends.mapValues(\.rawValue)
        let helper = try limit.whileOriginal { () throws(SystemError) in
            try launcher.start(descriptors: descriptors)
        }
        withExtendedLifetime(ends) {}
        container.record.helper = helper.pid
        container.record.helperStartTime = ProcessFacts.startTime(of: helper.pid)
        Journal.perform("record the start of \(container.name)") { try container.writeRecord() }
        return helper.pid
    }

    /// A pipe whose writing end the reader has itself, so that reading never comes to an end; fifo(7).
    private func openInput(_ files: ContainerFiles) throws(SystemError) -> OwnedDescriptor {
        try Files.remove(files.input)
        try Files.createFIFO(files.input)
        return try OwnedDescriptor.open(files.input, O_RDWR)
    }

    /// The runtime has ended.
    ///
    /// - Parameter status: `nil` when an earlier supervisor was its parent.
    func inspect(_ name: String, _ status: ExitStatus?) {
        guard let container = containers[name] else { return }
        loop.unwatch(container.token)
        container.token = nil
        container.process = nil
        container.record.helper = nil
        container.record.helperStartTime = nil
        if let status, !status.isSuccess {
            // Without a log of the runtime there is only its exit code to tell.
            let said = (try? container.launcher.refusal())?.words ?? "it said nothing"
            return failed(
                name, .runtimeFailed,
                "The runtime could not start container `\(name)` (exit code \(status.code)): \(said)")
        }
        do {
            guard let pid = try container.launcher.pid() else {
                return failed(
                    name, .runtimeFailed,
                    "The runtime left no pid of container `\(name)` in `\(container.record.pidFile)`.")
            }
            try running(container, pid: pid)
        } catch {
            failed(name, .system, "Could not take over container `\(name)`: \(error)")
        }
    }

    private func running(_ container: ContainerProcess, pid: Int32) throws {
        let name = container.name
        container.record.pid = pid
        var isGone = false
        if !machine.hasEnded(pid) {
            container.process = try ProcessHandle.of(pid)
            // It ended, and a parent before this process has taken its status.
            isGone = container.process == nil
            // It may have ended already, and its keeper may not have told how: then its zombie does.
            container.record.startTime = ProcessFacts.startTime(of: pid, orOfZombie: true)
            if container.record.hasKeeper { container.keeper = ProcessHandle.parent(of: pid) }
            try watchEnd(of: container)
        }
        try container.writeRecord()
        logs.runtimeEnded(of: name)
        container.request = nil
        whenStarted(name)
        act(machine.started(name, pid: pid, isGone: isGone, now: .now))
    }

    /// Watches the process: PID 1, or the runtime of a start that an earlier supervisor began.
    func watchEnd(of container: ContainerProcess) throws(SystemError) {
        guard let process = container.process else { return }
        let name = container.name
        // Edges: a zombie stays readable until another process, which may be slow, has waited for it.
        container.token = try loop.watch(process.descriptor.descriptor.rawValue, [.readable, .edgeTriggered]) {
            [unowned self] _ in
            if let pid = pid(of: name) {
                act([.examine(name, Children.reap(pid))])
            } else {
                act(machine.helperGone(name))
            }
        }
    }

    /// Removes what a start left that failed.
    func discard(_ name: String) {
        release(name)
        let files = files(of: name)
        Journal.perform("remove the record of \(name)") {
            try Files.remove(files.process)
            try Files.remove(files.ended)
        }
        machine.discarded(name)
        containers[name] = nil
        whenDiscarded(name)
    }
}

extension Launcher {
    /// The start that a client asks for.
    init(_ request: StartRequest, _ files: ContainerFiles) {
        self.init(
            ChildProcess.Command(request.command[0], Array(request.command.dropFirst())),
            files: LaunchFiles(
                pid: FilePath(request.pidFile), log: request.runtimeLog.map { FilePath($0) } ?? files.runtimeLog))
    }

    /// Has the command name another path of the same socket.
    mutating func name(_ socket: FilePath, insteadOf path: String) {
        var command = command
        command.arguments = command.arguments.map { $0 == path ? socket.string : $0 }
        self = Launcher(command, files: files)
    }
}
