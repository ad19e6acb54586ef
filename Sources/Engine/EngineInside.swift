internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage

/// What `ssh` and `exec` are asked.
public struct EnterRequest: Sendable {
    /// `nil` means the only service there is, or the one with `primary: true`.
    public var service: String?
    /// Empty means a shell.
    public var command: [String]
    public var user: String?
    public var workingDirectory: String?
    /// `NAME=value`, or a bare `NAME` that takes ours.
    public var environment: [String]
    public var hasTerminal: Bool

    public init(
        service: String?, command: [String], user: String?, workingDirectory: String?, environment: [String],
        hasTerminal: Bool
    ) {
        self.service = service
        self.command = command
        self.user = user
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.hasTerminal = hasTerminal
    }
}

/// Stepping inside, and reading what was written there.
extension Engine {
    /// Replaces this process by the command inside the container; returns only by throwing.
    ///
    /// It opens neither database nor socket and reads no YAML where the environment is the only one of its directory:
    /// `ssh` should take hardly longer than the runtime.
    public func enter(_ request: EnterRequest, sink: any EventSink) throws -> Never {
        let environment = try environmentToEnter(sink)
        let id = try containerToEnter(request.service, environment, sink)
        let rootfs = layout.containerRun("\(id)", of: environment).appending("rootfs")
        guard isRunning(id, environment),
            let entry = EntryRecord(decoding: try Files.read(layout.entryRecord("\(id)", of: environment)))
        else {
            throw EngineError(.notRunning, "\(id.service) is not running. Start it with: trice up \(id.service)")
        }
        var user: ResolvedUser?
        if let name = request.user { user = try UserResolver(rootfs: rootfs).resolve(name) }
        let words = request.command.isEmpty ? [try shell(in: rootfs)] : request.command
        var variables = try request.environment.map { try self.variable($0) }
        if request.hasTerminal, let term = self.request.processEnvironment["TERM"] {
            variables.insert("TERM=\(term)", at: 0)
        }
        let document = try entry.document(
            for: ExecRequest(
                words, hasTerminal: request.hasTerminal, workingDirectory: request.workingDirectory,
                environment: variables, user: user))
        if request.hasTerminal {
            let socket = layout.containerRun("\(id)", of: environment).appending("console-\(getpid()).sock")
            exit(try TerminalSession.run(entry, document: document, socket: socket).code)
        }
        let command = entry.command(document: document)
        // The command finds it by its number: it must not close before the program is replaced.
        _ = document.release()
        try ChildProcess.replace(by: command)
    }

    private func environmentToEnter(_ sink: any EventSink) throws -> EnvironmentID {
        if let only = try environmentOfDirectory() { return only }
        return try identity(sink: sink).id
    }

    /// By the directories of the containers that are up; what is not there goes to the records for a good answer.
    private func containerToEnter(
        _ service: String?, _ environment: EnvironmentID, _ sink: any EventSink
    ) throws -> ContainerID {
        if let service {
            let id = ContainerID(service: service, number: 1)
            if Files.exists(layout.entryRecord("\(id)", of: environment)) { return id }
        }
        let workspace = Workspace(id: environment, host: try host())
        return ContainerID(try container(named: service, try identity(sink: sink), try workspace.records()))
    }

    func container(
        named service: String?, _ identity: EnvironmentTarget, _ records: RuntimeRecords
    ) throws -> ContainerRecord {
        let names = Set(records.containers.map(\.service)).sorted()
        guard let service else {
            if let only = records.containers.first, names.count == 1 { return only }
            let primary = identity.project?.environment.services.filter(\.tools.isPrimary).map(\.name) ?? []
            if primary.count == 1 { return try container(named: primary[0], identity, records) }
            throw EngineError(
                .unknownService,
                names.isEmpty
                    ? "Nothing is up. Start it with: trice up" : "Say which service: \(names.joined(separator: ", ")).")
        }
        if let found = records.containers.first(where: { $0.service == service || "\(ContainerID($0))" == service }) {
            return found
        }
        if identity.project?.environment.services.contains(where: { $0.name == service }) == true {
            throw EngineError(.notRunning, "\(service) is not up. Start it with: trice up \(service)")
        }
        let known = identity.project?.serviceNames ?? names
        if known.isEmpty { throw EngineError(.unknownService, "Nothing is up. Start it with: trice up") }
        throw EngineError(
            .unknownService, "There is no service `\(service)`. There are: \(known.joined(separator: ", ")).")
    }

    /// By the record of the process alone: asking the supervisor would cost more than it tells.
    func isRunning(_ id: ContainerID, _ environment: EnvironmentID) -> Bool {
        let directory = layout.containerRun("\(id)", of: environment)
        // No readable record means that nothing was started.
        guard let text = (try? Files.text(directory.appending("pid"))) ?? nil,
            let pid = Int32(text.prefix { $0.isNumber })
        else { return false }
        return !Files.exists(directory.appending("ended")) && ProcessFacts.startTime(of: pid) != nil
    }

    /// The best shell of the image.
    private func shell(in rootfs: FilePath) throws -> String {
        let root = try OwnedDescriptor.open(rootfs, O_RDONLY | O_DIRECTORY)
        for shell in ["/bin/bash", "/bin/ash", "/bin/sh"] {
            // One that cannot be opened is not there.
            if (try? root.openBeneath(shell)) != nil { return shell }
        }
        throw EngineError(
            .unknownService, "The image has no shell. Give a command: trice ssh SERVICE -- COMMAND…")
    }

    private func variable(_ text: String) throws(EngineError) -> String {
        if text.contains("="), !text.hasPrefix("=") { return text }
        guard let value = request.processEnvironment[text] else {
            throw EngineError(.unknownService, "`-e \(text)` names a variable that is not set; use \(text)=VALUE.")
        }
        return "\(text)=\(value)"
    }

    /// The lines that the services wrote.
    public func logs(_ identity: EnvironmentTarget, services: [String], tail: Int?) throws -> LogStream {
        let workspace = Workspace(id: identity.id, host: try host())
        let records = try workspace.records()
        var names: [String] = []
        for service in services { names.append("\(ContainerID(try container(named: service, identity, records)))") }
        if services.isEmpty { names = records.containers.map { "\(ContainerID($0))" } }
        // The one that is gone comes back, or what it should write would wait in the pipes.
        if !records.containers.isEmpty { _ = try workspace.supervisor() }
        return try LogStream(directory: workspace.logs, names: names, tail: tail)
    }
}

/// The lines of several containers, merged by time.
public final class LogStream {
    public struct Line: Sendable {
        public var container: String
        public var isError: Bool
        /// Since 1970-01-01 00:00 UTC.
        public var nanoseconds: UInt64
        public var bytes: [UInt8]
    }

    public let names: [String]
    private var reader: LogReader

    init(directory: LogDirectory, names: [String], tail: Int?) throws {
        self.names = names
        reader = try LogReader(directory: directory, containers: names, tail: tail)
    }

    /// Some of the next lines; none when all that there is has been read.
    public func next() throws -> [Line] {
        try reader.next().map(Line.init)
    }

    /// What has no line end yet; for when nothing more will be read.
    public func finish() -> [Line] {
        reader.finish().map(Line.init)
    }

    /// Waits until something was written.
    public func waitForMore() throws -> Bool {
        try reader.waitForMore()
    }
}

extension LogStream.Line {
    fileprivate init(_ line: LogLine) {
        self.init(
            container: line.container, isError: line.stream == .stderr, nanoseconds: line.time, bytes: line.bytes)
    }
}
