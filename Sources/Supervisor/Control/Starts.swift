internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// From a request to a running container.
extension ControlLoop {
    func enqueue(_ request: StartRequest, client: UInt64) throws {
        try Self.check(request.name)
        guard !request.command.isEmpty else {
            throw SupervisorError(.badRequest, "The start of \(request.name) has no command")
        }
        if let previous = containers[request.name] {
            guard !previous.lifecycle.isAlive else {
                throw SupervisorError(.alreadyRunning, "Container \(request.name) runs already")
            }
            drainAll(of: previous)
            close(previous)
        }
        let record = ProcessRecord(
            boot: boot, pidFile: request.pidFile, usesInit: request.usesInit,
            hasKeeper: request.keeper != nil, hasTerminal: request.consoleSocket != nil, startedAt: WallClock.now())
        let container = Container(
            name: request.name, files: directory.container(request.name), record: record, isAdopted: false)
        container.start = (request, client)
        containers[request.name] = container
        begin(queue.enqueue(request.name))
    }

    func begin(_ names: [String]) {
        for name in names {
            guard let container = containers[name], let start = container.start else { continue }
            do {
                try launch(container, start.request)
            } catch {
                startFailed(
                    container,
                    SupervisorError(.system, "Could not start the runtime for container \(name)", cause: error))
            }
        }
    }

    private func launch(_ container: Container, _ request: StartRequest) throws {
        let files = container.files
        try Files.createDirectory(files.directory)
        for path in [files.ended, files.exit, FilePath(request.pidFile)] { try Files.remove(path) }
        if let log = request.runtimeLog { try Files.remove(FilePath(log)) }
        try container.openPipes(logs: logs, isFresh: true)
        guard let output = container.pipes[.stdout], let errors = container.pipes[.stderr] else { return }
        let outputEnd = try output.openForContainer()
        let errorEnd = try errors.openForContainer()
        var descriptors: [Int32: Int32] = [1: outputEnd.rawValue, 2: errorEnd.rawValue]

        var exitRecord: SharedDescriptor?
        if request.exitRecord || request.keeper != nil {
            exitRecord = SharedDescriptor(
                try OwnedDescriptor.open(files.exit, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600))
            descriptors[3] = exitRecord?.rawValue
        }
        if let path = request.consoleSocket {
            let terminal = try Terminal(listeningAt: FilePath(path))
            container.terminal = terminal
            descriptors[4] = terminal.stashForContainer?.rawValue
            if let listening = terminal.listener {
                try watch(listening.rawValue, .readable, .console(container.name), for: container)
            }
        }
        for stream in LogStream.allCases {
            guard let pipe = container.pipes[stream] else { continue }
            try watch(pipe.reader.rawValue, .readable, .log(container.name, stream), for: container)
        }
        container.record.startedAt = WallClock.now()
        try container.writeRecord()
        let words = (request.keeper.map { [$0, "-x", "3", "-k", request.pidFile, "--"] } ?? []) + request.command
        let command = ChildProcess.Command(words[0], Array(words.dropFirst()), descriptors: descriptors)
        let helper = try limit.whileOriginal { () throws(SystemError) in try ChildProcess.start(command) }
        withExtendedLifetime(exitRecord) {}
        container.helper = helper.pid
        container.record.helper = helper.pid
        container.record.helperStartTime = ProcessFacts.startTime(of: helper.pid)
        perform("record the start of \(container.name)") { try container.writeRecord() }
    }

    /// The runtime's helper has ended.
    func helperEnded(_ container: Container, _ status: ExitStatus?) {
        container.helper = nil
        container.record.helper = nil
        container.record.helperStartTime = nil
        if let status, !status.isSuccess {
            let said = runtimeMessage(container)
            return startFailed(
                container,
                SupervisorError(
                    .runtimeFailed,
                    "The runtime could not start container \(container.name) (exit code \(status.code)): \(said)"))
        }
        do {
            guard let text = try Files.text(FilePath(container.record.pidFile)),
                let pid = Int32(text.prefix { $0.isNumber })
            else {
                throw SupervisorError(
                    .runtimeFailed,
                    "The runtime left no pid of container \(container.name) in \(container.record.pidFile)")
            }
            try running(container, pid: pid)
        } catch let error as SupervisorError {
            startFailed(container, error)
        } catch {
            startFailed(
                container,
                SupervisorError(.system, "Could not take over container \(container.name)", cause: error))
        }
    }

    private func running(_ container: Container, pid: Int32) throws {
        container.record.pid = pid
        let stray = unclaimedExits.removeValue(forKey: pid)
        var isGone = false
        if stray == nil {
            container.process = try Self.handle(pid)
            // It ended, and a parent before us has taken its status.
            isGone = container.process == nil
            container.record.startTime = ProcessFacts.startTime(of: pid)
            if container.record.hasKeeper { container.keeper = Self.keeper(of: pid) }
            if let process = container.process {
                // Edges: a zombie stays readable until somebody else, who may be slow, has waited for it.
                try watch(
                    process.descriptor.descriptor.rawValue, [.readable, .edgeTriggered], .process(container.name),
                    for: container)
            }
        }
        try container.writeRecord()
        takeWaitingConsole(container)
        let client = container.start?.client
        container.start = nil
        act(on: container, container.lifecycle.started(pid: pid, now: .now))
        if let client { answer(client, .started(pid: pid)) }
        begin(queue.finish(container.name))
        if stray != nil || isGone { processEnded(container, stray) }
        if queue.isIdle { unclaimedExits = [:] }
    }

    /// The parent of a container's first process; `nil` when either is gone.
    static func keeper(of pid: Int32) -> ProcessHandle? {
        ProcessFacts.parent(of: pid).flatMap { try? ProcessHandle(pid: $0) }
    }

    private static func handle(_ pid: Int32) throws(SystemError) -> ProcessHandle? {
        do throws(SystemError) {
            return try ProcessHandle(pid: pid)
        } catch  where error.errno == .noSuchProcess {
            return nil
        }
    }

    /// The runtime connected before it ended, but its event may not have come yet.
    private func takeWaitingConsole(_ container: Container) {
        guard container.terminal?.listener != nil else { return }
        perform("take over the terminal of \(container.name)") { try consoleReady(container.name) }
        if let listening = container.terminal?.listener { unwatch(listening.rawValue, of: container) }
        container.terminal?.stopListening()
    }

    /// Nothing came to run: the container is unknown again, and whoever waits for its end hears of it.
    private func startFailed(_ container: Container, _ error: SupervisorError) {
        let client = container.start?.client
        container.start = nil
        act(on: container, container.lifecycle.ended(Ending(nil, at: WallClock.now())))
        close(container)
        if containers[container.name] === container { containers[container.name] = nil }
        perform("remove the record of \(container.name)") {
            try Files.remove(container.files.process)
            try Files.remove(container.files.ended)
        }
        if let client {
            answer(client, Response(error))
        } else {
            note(error.description)
        }
        begin(queue.finish(container.name))
        if queue.isIdle { unclaimedExits = [:] }
    }

    /// The end of what the runtime wrote about its failure.
    private func runtimeMessage(_ container: Container) -> String {
        var text = ""
        // Without a log of the runtime there is only its exit code to tell.
        if let path = container.start?.request.runtimeLog, let all = try? Files.text(FilePath(path)) { text = all }
        let end = String(text.suffix(8192)).trimmedLines
        return end.isEmpty ? "it said nothing" : end
    }
}

extension String {
    fileprivate var trimmedLines: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }
}
