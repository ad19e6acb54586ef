internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary

/// Copies the outputs of containers into their logs: performs what `LogMachine` decides, and carries terminals.
final class LogService: Service {
    /// What is open for one container.
    private final class Outputs {
        var pipes: [LogStream: LogPipe] = [:]
        var tokens: [LogStream: EventLoop.Token] = [:]
        var terminal: Terminal?
        var terminalToken: EventLoop.Token?
    }

    let directory: LogDirectory
    private let loop: EventLoop
    private var machine = LogMachine<ContinuousClock>()
    private var outputs: [String: Outputs] = [:]

    init(_ directory: LogDirectory, on loop: EventLoop) {
        self.directory = directory
        self.loop = loop
    }

    var deadline: ContinuousClock.Instant? { machine.deadline }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        act(machine.deadlinePassed(now: now))
    }

    func clientLeft(_ client: UInt64) {}

    private func act(_ actions: [LogMachine<ContinuousClock>.Action]) {
        for action in actions {
            switch action {
            case .drain(let key): drain(key)
            case .watch(let key):
                guard let pipe = outputs[key.container]?.pipes[key.stream] else { continue }
                Journal.perform("watch the output of \(key.container)") {
                    outputs[key.container]?.tokens[key.stream] = try loop.watch(pipe.reader.rawValue) {
                        [unowned self] _ in act(machine.readable(key))
                    }
                }
            case .unwatch(let key):
                loop.unwatch(outputs[key.container]?.tokens.removeValue(forKey: key.stream))
            case .noteBlocked(let key, let reason):
                Journal.note("The log of \(key.container) takes no more for now: \(reason)")
            }
        }
    }

    private func drain(_ key: OutputKey) {
        guard let pipe = outputs[key.container]?.pipes[key.stream] else { return }
        Journal.perform("copy the output of \(key.container)") {
            // A few rounds only: other containers write too.
            var obstacle: String?
            if case .blocked(let reason) = try pipe.drain(rounds: 4) { obstacle = "\(reason)" }
            act(machine.drained(key, obstacle: obstacle, now: .now))
        }
    }
}

// MARK: - Outputs of one container

extension LogService {
    /// Opens the outputs and the log files of a container, and reads from now on.
    ///
    /// - Parameter isFresh: whether old pipes with their content make way for new ones.
    /// - Parameter limits: how large the logs may grow; `nil` without a limit.
    func open(
        _ name: String, _ files: ContainerFiles, limits: LogLimits?, isFresh: Bool
    ) throws(SystemError) {
        let opened = Outputs()
        for stream in LogStream.allCases {
            opened.pipes[stream] = try LogPipe(
                fifo: files.fifo(stream), files: logFiles(name, stream), limits: limits, isFresh: isFresh)
        }
        close(name)
        outputs[name] = opened
        act(machine.opened(name))
    }

    private func logFiles(_ name: String, _ stream: LogStream) -> LogFiles {
        LogFiles(directory: directory, container: name, stream: stream)
    }

    /// The container's ends, by descriptor number.
    func endsForContainer(_ name: String) throws(SystemError) -> [Int32: SharedDescriptor] {
        var ends: [Int32: SharedDescriptor] = [:]
        for (number, stream) in [(Int32(1), LogStream.stdout), (2, .stderr)] {
            guard let pipe = outputs[name]?.pipes[stream] else { continue }
            ends[number] = SharedDescriptor(try pipe.openForContainer())
        }
        return ends
    }

    /// Reads all outputs until they are empty; a foreign process that still writes is not followed for ever.
    func drainAll(of name: String) {
        guard let open = outputs[name] else { return }
        copyTerminal(name)
        for pipe in open.pipes.values {
            Journal.perform("copy the last output of \(name)") { _ = try pipe.drain(rounds: 256) }
        }
    }

    /// Lets go of all that is open for a container.
    func close(_ name: String) {
        endTerminal(of: name)
        act(machine.closed(name))
        outputs[name] = nil
    }

    /// - Parameter isWhole: whether the logs go too.
    func removeFiles(of name: String, _ files: ContainerFiles, isWhole: Bool) throws(SystemError) {
        for stream in LogStream.allCases {
            try Files.remove(files.fifo(stream))
            guard isWhole else { continue }
            try logFiles(name, stream).remove()
        }
    }
}

// MARK: - Terminals

extension LogService {
    /// Listens for the terminal of a container that is about to start.
    ///
    /// - Returns: the path to give to the runtime, and what PID 1 inherits as descriptor 4.
    func listenForTerminal(
        of name: String, at path: FilePath
    ) throws(SystemError) -> (path: FilePath, stash: SharedDescriptor)? {
        let terminal = try Terminal(listeningAt: path)
        guard let open = outputs[name], let socket = terminal.listener, let stash = terminal.stashForContainer else {
            return nil
        }
        open.terminal = terminal
        open.terminalToken = try loop.watch(socket.descriptor.rawValue) { [unowned self] _ in
            try acceptTerminal(of: name)
        }
        return (socket.runtimePath, stash)
    }

    private func acceptTerminal(of name: String) throws {
        guard let open = outputs[name], let terminal = open.terminal, terminal.listener != nil else { return }
        guard let master = try terminal.acceptMaster() else { return }
        try watch(master, of: name, open)
    }

    private func watch(_ master: SharedDescriptor, of name: String, _ open: Outputs) throws(SystemError) {
        loop.unwatch(open.terminalToken)
        open.terminalToken = try loop.watch(master.rawValue) { [unowned self] readiness in
            copyTerminal(name)
            if !readiness.isDisjoint(with: [.hungUp, .failed]) {
                // No process has the terminal open now. PID 1 may open it again, but then it is its own affair.
                loop.unwatch(open.terminalToken)
            }
        }
    }

    /// The runtime has ended. It connected before that, but the event may not have come yet.
    func runtimeEnded(of name: String) {
        guard let open = outputs[name], let terminal = open.terminal, terminal.listener != nil else { return }
        Journal.perform("take over the terminal of \(name)") { try acceptTerminal(of: name) }
        guard terminal.listener != nil else { return }
        loop.unwatch(open.terminalToken)
        terminal.stopListening()
    }

    /// Takes over the terminal that PID 1 of a container inherited, where there is one.
    func adoptTerminal(of name: String, inheritedBy process: ProcessHandle) throws(SystemError) {
        guard let open = outputs[name], let master = try TerminalStash.master(inheritedBy: process) else { return }
        let terminal = try Terminal(adopting: master)
        open.terminal = terminal
        if let adopted = terminal.master { try watch(adopted, of: name, open) }
    }

    /// The container has ended.
    func endTerminal(of name: String) {
        guard let open = outputs[name] else { return }
        loop.unwatch(open.terminalToken)
        open.terminal?.stopListening()
        open.terminal = nil
    }

    private func copyTerminal(_ name: String) {
        guard let open = outputs[name], let terminal = open.terminal, let pipe = open.pipes[.stdout] else { return }
        Journal.perform("copy the terminal output of \(name)") {
            for _ in 0..<64 {
                let bytes = terminal.read()
                if bytes.isEmpty { break }
                try pipe.append(bytes)
            }
        }
    }
}
