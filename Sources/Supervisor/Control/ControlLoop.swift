internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// The shell around the state machines: one thread that waits for events and performs actions.
final class ControlLoop {
    /// What a token of the poll stands for.
    enum Source {
        case listener, signals, proxy
        case client(UInt64)
        case process(String)
        case log(String, LogStream)
        case console(String)
        case master(String)
    }

    let directory: RunDirectory
    let logs: LogDirectory
    let limit: DescriptorLimit
    let boot: String
    let release: String
    let proxy: ProxyThread
    var queue: StartQueue
    var containers: [String: Container] = [:]
    var held: [String: SharedDescriptor] = [:]
    var ports: [String: [PublishedPort]] = [:]
    /// Clients that wait for a publication, with what is published when it succeeds.
    var publications: [UInt64: [PublishedPort]] = [:]
    var pendingEndings: [UInt64: PendingEndings] = [:]
    /// Ends of children that came before their pid was known.
    var unclaimedExits: [Int32: ExitStatus] = [:]
    /// Outputs whose log cannot take more at present.
    var blocked: [(name: String, stream: LogStream)] = []
    var isEnding = false

    private var poll: EventPoll
    private let listener: MessageSocket
    private let signals: SignalSource
    private var sources: [UInt64: Source] = [:]
    private var clients: [UInt64: Client] = [:]
    private var lastToken: UInt64 = 0

    /// Adopts what earlier supervisors left, then listens.
    init(directory: RunDirectory, logs: LogDirectory, release: String, startLimit: Int) throws {
        self.directory = directory
        self.logs = logs
        self.release = release
        limit = DescriptorLimit()
        limit.raise()
        queue = StartQueue(limit: startLimit)
        boot = try ProcessFacts.bootID()
        try Files.createDirectory(directory.containers)
        try Files.createDirectory(logs.path)
        try Children.adoptOrphans()
        poll = try EventPoll()
        // Before the first thread, so that all of them have it blocked.
        signals = try SignalSource([SIGCHLD])
        proxy = try ProxyThread(descriptorLimit: limit.count)
        // Under another name until everything is adopted: a client that gets through finds it so.
        try Files.remove(directory.newSocket)
        listener = try ControlSocket.listen(at: directory.newSocket)
        try listener.descriptor.setNonblocking()
        try watch(listener.descriptor.rawValue, .readable, .listener)
        try watch(signals.descriptor.rawValue, .readable, .signals)
        try watch(proxy.completionDescriptor, .readable, .proxy)
        try adopt()
        try Files.rename(directory.newSocket, to: directory.socket)
    }

    /// Serves until a client asks for the end.
    func run() throws {
        while !isEnding {
            for event in try poll.wait(milliseconds: timeout()) {
                // An earlier event of the batch may have ended what this one is about.
                guard let source = sources[event.token] else { continue }
                perform("handle an event") { try handle(source, event) }
            }
            passDeadlines()
        }
        try Files.remove(directory.socket)
    }

    private func handle(_ source: Source, _ event: EventPoll.Event) throws {
        switch source {
        case .listener: try acceptClients()
        case .signals:
            signals.consume()
            reapChildren()
        case .proxy: takeCompletions()
        case .client(let id): clientReady(id)
        case .process(let name): processReady(name)
        case .log(let name, let stream): logReady(name, stream)
        case .console(let name): try consoleReady(name)
        case .master(let name): masterReady(name, event)
        }
    }
}

// MARK: - Watching

extension ControlLoop {
    @discardableResult
    func watch(_ fd: Int32, _ readiness: EventPoll.Readiness, _ source: Source) throws(SystemError) -> UInt64 {
        lastToken += 1
        try poll.add(fd, readiness, token: lastToken)
        sources[lastToken] = source
        return lastToken
    }

    func watch(
        _ fd: Int32, _ readiness: EventPoll.Readiness = .readable, _ source: Source, for container: Container
    ) throws(SystemError) {
        container.tokens[try watch(fd, readiness, source)] = fd
    }

    /// Stops watching a descriptor that is still open.
    func unwatch(_ fd: Int32, of container: Container) {
        for (token, watched) in container.tokens where watched == fd {
            container.tokens[token] = nil
            sources[token] = nil
            // It is open and watched: nothing can fail but a repetition, which does no harm.
            try? poll.remove(fd)
        }
    }

    func unwatchAll(of container: Container) {
        for fd in Set(container.tokens.values) { unwatch(fd, of: container) }
    }

    /// Performs one piece of work; its failure goes to the log and stops nothing else.
    func perform(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            note("Could not \(what): \(error)")
        }
    }

    /// A line in supervisor.log.
    func note(_ text: String) {
        let line = Array("\(WallClock.now() / 1_000_000_000) \(text)\n".utf8)
        // There is nowhere to report a log that cannot be written.
        _ = write(2, line, line.count)
    }

    private func timeout() -> Int32 {
        var milliseconds: Int64 = blocked.isEmpty ? -1 : 1000
        let now = ContinuousClock.now
        for container in containers.values {
            guard let deadline = container.lifecycle.deadline else { continue }
            let left = now.duration(to: deadline)
            let rounded = max(
                0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
            milliseconds = milliseconds < 0 ? rounded : min(milliseconds, rounded)
        }
        return Int32(clamping: milliseconds)
    }

    private func passDeadlines() {
        let now = ContinuousClock.now
        for container in containers.values where container.lifecycle.deadline != nil {
            act(on: container, container.lifecycle.deadlinePassed(now: now))
        }
        guard !blocked.isEmpty else { return }
        let waiting = blocked
        blocked = []
        for (name, stream) in waiting { resumeLog(name, stream) }
    }
}

// MARK: - Clients

extension ControlLoop {
    private func acceptClients() throws {
        while let client = try acceptClient() {
            let socket = client.socket.descriptor.rawValue
            let peer = try client.socket.peer()
            // Closing without a word is the answer to strangers; the socket's mode keeps them out already.
            guard peer.user == 0 || peer.user == geteuid() else { continue }
            try client.socket.descriptor.setNonblocking()
            clients[client.id] = client
            try watch(socket, .readable, .client(client.id))
        }
    }

    /// The next connection, under the token that it will be watched with.
    private func acceptClient() throws(SystemError) -> Client? {
        do throws(SystemError) {
            return Client(id: lastToken + 1, socket: try listener.accept())
        } catch  where error.errno == .wouldBlock || error.errno == .connectionAbort {
            return nil
        }
    }

    private func clientReady(_ id: UInt64) {
        guard let client = clients[id] else { return }
        if client.isServed { return clientGone(id) }
        do {
            guard let message = try client.socket.receive() else { return clientGone(id) }
            let descriptors = message.descriptors.map { SharedDescriptor(OwnedDescriptor(owning: $0)) }
            client.isServed = true
            try poll.modify(client.socket.descriptor.rawValue, .peerEnded, token: id)
            switch try IncomingRequest(message.bytes) {
            case .frozen(let request): serve(request, client: id)
            case .service(let request): serve(request, descriptors, client: id)
            }
        } catch let error as SupervisorError {
            answer(id, Response(error))
        } catch let error as SystemError where error.errno == .wouldBlock {
            return
        } catch {
            answer(id, Response(SupervisorError(.system, "Could not serve the request", cause: error)))
        }
    }

    /// Sends the response and closes the connection.
    func answer(_ id: UInt64, _ response: Response) {
        send(response, to: id)
    }

    func answer(_ id: UInt64, _ response: FrozenResponse) {
        send(response, to: id)
    }

    private func send(_ response: some Encodable, to id: UInt64) {
        guard let client = clients[id] else { return }
        perform("answer a client") { try client.socket.send(try Coding.encode(response)) }
        drop(client)
    }

    private func clientGone(_ id: UInt64) {
        pendingEndings[id] = nil
        for container in containers.values { container.lifecycle.clientGone(id) }
        if let client = clients[id] { drop(client) }
    }

    private func drop(_ client: Client) {
        // It is open and watched until the next line.
        try? poll.remove(client.socket.descriptor.rawValue)
        sources[client.id] = nil
        clients[client.id] = nil
    }
}
