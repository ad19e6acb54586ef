internal import CLinux
internal import Glibc
package import LinuxSystem
package import SupervisorProtocol
package import SystemPackage
internal import Vocabulary

/// Talks to an environment's supervisor. Every call blocks until the supervisor answers; none holds a connection
/// from one call to the next, so that a supervisor that was killed in between is noticed by the call alone.
package struct SupervisorClient: Sendable {
    let directory: RunDirectory
    private let introduction: Introduction

    /// The supervisor's pid when this was connected.
    package var pid: Int32 { introduction.pid }
    /// The release of Trice that the supervisor was started by; `nil` for the first ones, which do not tell.
    package var release: String? { introduction.release }
    /// What the supervisor and this client both know.
    package var features: Set<Feature> { introduction.features }

    /// Connects to the supervisor that lives, of whatever release; `nil` when none does.
    ///
    /// - Throws: `SupervisorError` of code `versionMismatch` when it does not answer `hello` in the frozen form.
    package static func connect(runDirectory: FilePath) throws(SupervisorError) -> SupervisorClient? {
        let directory = RunDirectory(path: runDirectory)
        do throws(SupervisorError) {
            let message = try SupervisorExchange(directory).hello()
            guard case .hello(let introduction) = try? Coding.decode(FrozenResponse.self, message) else {
                throw SupervisorError(
                    .versionMismatch,
                    "The supervisor of `\(runDirectory)` answers in a form that this Trice does not read. End it with "
                        + "`trice down` of the Trice that started it, then run `trice up`.")
            }
            return SupervisorClient(directory: directory, introduction: introduction)
        } catch  where error.code == .unreachable {
            return nil
        }
    }

    /// Ends the supervisor that lives, also one that is only just starting: its starter may have been killed meanwhile.
    ///
    /// While the result is kept no other one comes to live; the run directory can be removed, and one that comes later
    /// finds none and ends.
    ///
    /// - Returns: `nil` where there is no run directory.
    /// - Throws: `SupervisorError` of code `unreachable` when one lives but does not answer for five seconds.
    package static func end(runDirectory: FilePath) throws(SupervisorError) -> FileLock? {
        let directory = RunDirectory(path: runDirectory)
        guard Files.exists(runDirectory) else { return nil }
        for _ in 0..<500 {
            if let supervisor = try connect(runDirectory: runDirectory) { try supervisor.shutdown(isForced: true) }
            do throws(SystemError) {
                if let lock = try FileLock.attempt(directory.lock) { return lock }
            } catch {
                throw SupervisorError(.system, "Could not lock \(directory.lock)", cause: error)
            }
            usleep(10_000)
        }
        throw SupervisorError(.unreachable, "A supervisor holds \(directory.lock) but does not answer")
    }

    /// Connects, starting a supervisor where none lives. Any number of callers may do so at once.
    ///
    /// - Parameter command: the program and its arguments; the program calls `SupervisorProcess.main`. It leads a session
    ///   of its own with /dev/null as 0, 1 and 2, and remains a child of the calling process.
    /// - Throws: `SupervisorError` of code `notStarted` when it ends before it answers.
    package static func connect(
        orStarting command: [String], runDirectory: FilePath
    ) throws(SupervisorError) -> SupervisorClient {
        if let client = try connect(runDirectory: runDirectory) { return client }
        guard let program = command.first else {
            throw SupervisorError(.badRequest, "The command that starts the supervisor is empty")
        }
        let directory = RunDirectory(path: runDirectory)
        do {
            try Files.createDirectory(runDirectory, mode: 0o700)
            // One starter at a time: the others find its supervisor ready when they get the lock.
            let lock = try FileLock(waitingFor: directory.startLock)
            defer { withExtendedLifetime(lock) {} }
            for attempt in 0..<200 {
                if let client = try connect(runDirectory: runDirectory) { return client }
                // A supervisor that is just ending, or that somebody else started, may hold the lock for a moment.
                if attempt > 0 { usleep(10_000) }
                if let code = try start(program, Array(command.dropFirst())), code != 0 {
                    throw SupervisorError(
                        .notStarted,
                        "The supervisor ended with exit code \(code) before it was ready; \(directory.log) may say why")
                }
            }
        } catch let error as SupervisorError {
            throw error
        } catch {
            throw SupervisorError(.notStarted, "Could not start the supervisor with \(program)", cause: error)
        }
        throw SupervisorError(.notStarted, "A supervisor holds \(directory.lock) but does not answer")
    }

    /// Replaces the supervisor that lives, of another release, if it lacks one of the features. The containers run on:
    /// the next supervisor adopts them. What breaks are connections through published loopback ports and requests of
    /// other clients, so the caller holds the lock under which alone an environment is changed.
    ///
    /// - Throws: `SupervisorError` of code `unsupported` when the new one lacks it too.
    package static func replace(
        bySupervisor command: [String], runDirectory: FilePath, lacking features: Set<Feature>
    ) throws(SupervisorError) {
        guard let old = try connect(runDirectory: runDirectory), !features.isSubset(of: old.features) else { return }
        try old.shutdown(isForced: true)
        let new = try connect(orStarting: command, runDirectory: runDirectory)
        for feature in features.subtracting(new.features).sorted() { throw new.lacks(feature) }
    }

    /// - Returns: `nil` when it is ready, else its exit code.
    private static func start(_ program: String, _ arguments: [String]) throws(SystemError) -> Int32? {
        var ends: [Int32] = [-1, -1]
        try systemCall("pipe2", "") { cl_pipe2(&ends, O_CLOEXEC) }
        let reader = OwnedDescriptor(owning: ends[0])
        let child = try spawn(program, arguments, readiness: OwnedDescriptor(owning: ends[1]))
        if try !reader.read(atMost: 1).isEmpty { return nil }
        return try child.wait().code
    }

    /// Our copy of the pipe's end goes with the return, so that the end of the child is the end of the pipe.
    private static func spawn(
        _ program: String, _ arguments: [String], readiness: consuming OwnedDescriptor
    ) throws(SystemError) -> ChildProcess {
        try ChildProcess.start(
            ChildProcess.Command(
                program, arguments, environment: environment(readiness: 3), descriptors: [3: readiness.rawValue],
                startsSession: true))
    }

    private static func environment(readiness descriptor: Int32) -> [String] {
        let name = SupervisorProcess.readinessVariable
        return ["\(name)=\(descriptor)"] + EnvironmentVariables.entries(without: [name[...]])
    }
}

// MARK: - Requests

extension SupervisorClient {
    /// Gives network namespaces into the supervisor's keeping until their containers end or are forgotten.
    ///
    /// - Parameter namespaces: names with descriptors, which stay the caller's.
    /// - Returns: by name a path that means the namespace for as long as the supervisor lives.
    package func hold(_ namespaces: [(name: String, descriptor: Int32)]) throws(SupervisorError) -> [String: FilePath] {
        var paths: [String: FilePath] = [:]
        var rest = namespaces[...]
        while !rest.isEmpty {
            let batch = rest.prefix(64)
            rest = rest.dropFirst(64)
            guard case .held(let held) = try ask(.hold(names: batch.map(\.name)), batch.map(\.descriptor)) else {
                throw Self.unexpected
            }
            for (entry, path) in zip(batch, held) { paths[entry.name] = FilePath(path) }
        }
        return paths
    }

    /// The path of the namespace that a supervisor holds for a container; the same for every supervisor.
    package static func namespacePath(of name: String, runDirectory: FilePath) -> FilePath {
        RunDirectory(path: runDirectory).container(name).namespace
    }

    /// Starts a container; returns its pid when it runs.
    ///
    /// - Parameter input: becomes its standard input; it stays the caller's.
    /// - Throws: code `runtimeFailed` with what the runtime said, `alreadyRunning`.
    package func start(_ request: StartRequest, input: Int32? = nil) throws(SupervisorError) -> Int32 {
        var request = request
        if input != nil { request.passesInput = true }
        if input != nil || request.removal != nil, !features.contains(.oneOffs) { throw lacks(.oneOffs) }
        guard case .started(let pid) = try ask(.start(request), input.map { [$0] } ?? []) else { throw Self.unexpected }
        return pid
    }

    /// Stops containers and returns when all have ended; names that are unknown are left out of the result.
    package func stop(_ orders: [StopOrder]) throws(SupervisorError) -> [ContainerStatus] {
        guard case .containers(let containers) = try ask(.stop(orders: orders)) else { throw Self.unexpected }
        return containers
    }

    /// Sends a signal to PID 1 of a container.
    package func kill(_ name: String, signal: Int32) throws(SupervisorError) {
        try expectDone(.kill(name: name, signal: signal))
    }

    /// Returns when the container has ended and its output is in the log.
    package func wait(for name: String) throws(SupervisorError) -> ContainerStatus {
        guard case .containers(let containers) = try ask(.wait(name: name)), let status = containers.first else {
            throw Self.unexpected
        }
        return status
    }

    /// Returns when a container has come to what is expected, or cannot any more, or the time is up.
    ///
    /// - Throws: code `unknownContainer`.
    package func expect(
        _ name: String, _ expectation: Expectation, within timeout: Duration? = nil
    ) throws(SupervisorError) -> ExpectationResult {
        let milliseconds = timeout.map { max(0, $0.milliseconds) }
        let request = Request.expect(name: name, expectation, milliseconds: milliseconds)
        guard case .expected(let result) = try ask(request) else { throw Self.unexpected }
        return result
    }

    /// Starts these jobs by the clock from now on, and no others.
    package func schedule(_ jobs: [ScheduledJob]) throws(SupervisorError) {
        try expectDone(.schedule(jobs: jobs))
    }

    /// Listens at these sockets from now on, and at no others.
    package func listen(_ sockets: [ShellSocket]) throws(SupervisorError) {
        try expectDone(.listen(sockets: sockets))
    }

    /// All containers, by name.
    package func status() throws(SupervisorError) -> [ContainerStatus] {
        guard case .containers(let containers) = try ask(.status) else { throw Self.unexpected }
        return containers
    }

    /// One container; `nil` for one that the supervisor does not know.
    package func status(of name: String) throws(SupervisorError) -> ContainerStatus? {
        try status().first { $0.name == name }
    }

    /// Opens ports of the host, all or none, in place of what the same containers had.
    package func publish(_ ports: [PublishedPort]) throws(SupervisorError) -> PublicationResult {
        guard case .published(let result) = try ask(.publish(ports: ports)) else { throw Self.unexpected }
        return result
    }

    /// Closes all ports of a container; returns when they are free.
    package func withdraw(_ container: String) throws(SupervisorError) {
        try expectDone(.withdraw(container: container))
    }

    /// The ports of the host that are open for containers; `nil` when the supervisor is too old to tell.
    package func openPorts() throws(SupervisorError) -> [PublishedPort]? {
        guard features.contains(.openPorts) else { return nil }
        guard case .openPorts(let ports) = try ask(.openPorts) else { throw Self.unexpected }
        return ports
    }

    /// Drops everything about a container that has ended, its ports too. An unknown one is fine.
    package func forget(_ name: String, removesLogs: Bool = false) throws(SupervisorError) {
        try expectDone(.forget(name: name, removesLogs: removesLogs))
    }

    /// Ends the supervisor; returns when it has left the control socket.
    ///
    /// - Throws: code `stillRunning` while containers run, unless forced; those then run on for the next one.
    package func shutdown(isForced: Bool = false) throws(SupervisorError) {
        // Opened first: its end is the end of the process, not only of the answer.
        let process = try? ProcessDescriptor(pid: pid)
        let message = try SupervisorExchange(directory).send(Envelope(FrozenRequest.shutdown(isForced: isForced)))
        switch try? Coding.decode(FrozenResponse.self, message) {
        case .done: break
        case .failed(let code, let text): throw SupervisorError(SupervisorError.Code(name: code), text)
        case .hello, nil: throw Self.unexpected
        }
        guard let process else { return }
        do throws(SystemError) {
            _ = try process.waitForEnd(milliseconds: 5000)
        } catch {
            throw SupervisorError(.system, "Could not wait for the end of the supervisor", cause: error)
        }
    }

    static var unexpected: SupervisorError {
        SupervisorError(.badRequest, "The supervisor gave an answer to another question.")
    }

    func expectDone(_ request: Request) throws(SupervisorError) {
        guard case .done = try ask(request) else { throw Self.unexpected }
    }

    func lacks(_ feature: Feature) -> SupervisorError {
        let starter = release.map { "Trice \($0)" } ?? "an earlier Trice"
        return SupervisorError(
            .unsupported,
            "The supervisor of this environment was started by \(starter) and does not know `\(feature)`. Run `trice up`: "
                + "it replaces the supervisor, and the containers run on.")
    }

    private func ask(_ request: Request, _ descriptors: [Int32] = []) throws(SupervisorError) -> Response {
        guard features.contains(request.feature) else { throw lacks(request.feature) }
        let message = try SupervisorExchange(directory).send(Envelope(request), descriptors)
        let response: Response
        do {
            response = try Coding.decode(Response.self, message)
        } catch {
            throw SupervisorError(
                .system, "The supervisor of `\(directory.path)` gave an answer that cannot be read.", cause: error)
        }
        if case .failed(let code, let text) = response { throw SupervisorError(SupervisorError.Code(name: code), text) }
        return response
    }
}
