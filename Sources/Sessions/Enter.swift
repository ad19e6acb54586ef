internal import Containers
internal import Envfile
internal import Execution
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `ssh` and `exec` are asked.
package struct EnterRequest: Sendable {
    /// `nil` means the only service there is, or the one with `primary: true`.
    package var service: String?
    /// Empty means a shell.
    package var command: [String]
    package var user: String?
    package var workingDirectory: String?
    /// `NAME=value`, or a bare `NAME` that takes ours.
    package var environment: [String]
    package var hasTerminal: Bool
    /// Whether it runs on by itself, without input and output.
    package var isDetached = false
    /// Whether the status tells a signal that has ended it. This process is its parent then.
    package var tellsSignal = false
    /// Whether it has all capabilities.
    package var isPrivileged = false
    /// Set where a user steps inside by `ssh`, whose settings in the Envfile hold then.
    package var shell: Shell?

    /// How a shell is used.
    package struct Shell: Sendable {
        /// A command line for the shell's `-c`.
        package var line: String?
        /// Whether it reads the files of a login.
        package var isLogin = false
        /// Whether the user's SSH agent is offered inside whatever the Envfile says.
        package var forwardsAgent = false
        /// Whether the host's programs for file transfers are offered inside.
        package var offersTools = false

        package init() {}
    }

    package init(
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
extension ContainerSessions {
    /// Runs the command inside the container with the streams of this process.
    ///
    /// It opens neither database nor socket and reads no YAML where the environment is the only one of its directory:
    /// `ssh` should take hardly longer than the runtime.
    ///
    /// - Returns: the exit code of the command, 128 plus the signal's number for one that a signal ended.
    /// - Throws: `RefusedCommand` where the runtime cannot run it.
    package func enter(_ request: EnterRequest, sink: any EventSink) throws -> Int32 {
        let environment = try environmentToEnter(sink)
        return try run(in: containerToEnter(request.service, environment, sink), of: environment, request, sink: sink)
            .code
    }

    /// Runs the command in a container that is known.
    ///
    /// - Throws: as `enter`.
    func run(
        in id: ContainerID, of environment: EnvironmentID, _ request: EnterRequest, sink: any EventSink
    ) throws -> ExitStatus {
        let rootfs = layout.containerRun("\(id)", of: environment).appending("rootfs")
        guard let process = layout.runningProcess(of: id, environment),
            var entry = EntryRecord(decoding: try Files.read(layout.entryRecord("\(id)", of: environment)))
        else { throw notRunning(id) }
        try context.resumePaused(id, of: environment)
        if Freezer.isFrozen(process) {
            throw EngineError(
                .notRunning, "`\(id.service)` is paused. Let it go on with `trice unpause \(id.service)`.")
        }
        if request.isPrivileged { entry = entry.privileged(try HostFacts.observe().capabilities) }
        let visit = try Visit(
            request, settings: layout.shellSettings("\(id)", of: environment), rootfs: rootfs, process: process,
            identity: try ContainerOrigin.identity(in: layout.containerState("\(id)", of: environment)))
        try visit.bringDotfiles(entry, id, environment, layout, sink)
        let outside = self.request.processEnvironment
        let agent = try visit.agent(entry, outside, sink)
        var execution = try visit.execution(entry, request.environment.compactMap { variable($0) }, layout)
        execution.environment = visit.localVariables(entry, outside) + execution.environment
        if let agent { execution.environment.append("SSH_AUTH_SOCK=\(agent.path)") }
        defer { withExtendedLifetime(agent) {} }
        let words = execution.arguments
        if let refusal = Self.refusal(of: execution, entry, process) {
            throw RefusedCommand(words[0], in: "\(id.service)", refusal)
        }
        let place = layout.entry(of: getpid(), in: "\(id)", of: environment)
        let files = LaunchFiles(pid: place.pid, log: place.log)
        let (status, refusal) = try Self.run(
            execution, entry, files, console: place.console, request)
        if let refusal {
            guard layout.isRunning(id, environment) else { throw notRunning(id) }
            throw RefusedCommand(words[0], in: "\(id.service)", refusal)
        }
        return status
    }

    /// Runs a program by the runtime, to its end unless it is detached; the files are gone afterwards.
    private static func run(
        _ execution: ExecRequest, _ entry: EntryRecord, _ files: LaunchFiles, console path: FilePath,
        _ request: EnterRequest
    ) throws -> (ExitStatus, Launcher.Refusal?) {
        let document = try entry.document(for: execution)
        let status: ExitStatus
        let launcher: Launcher
        let adopts = request.tellsSignal
        if request.isDetached {
            launcher = Launcher(entry.command(document: document, files: files, isDetached: true), files: files)
            status = try launcher.run()
        } else if execution.hasTerminal && !entry.handsOverTerminal && !adopts {
            launcher = Launcher(entry.command(document: document, files: files, isAtTerminal: true), files: files)
            // In the session of the terminal, whose size the runtime follows.
            status = try launcher.start().wait()
        } else if execution.hasTerminal {
            let console = try ConsoleSocket(listeningAt: path)
            launcher = Launcher(
                entry.command(
                    document: document, files: files, consoleSocket: console.runtimePath, isLeft: adopts),
                files: files, adopts: adopts)
            status = try TerminalSession.run(launcher, console: console)
        } else {
            let streams = try HostStreams()
            var command = entry.command(document: document, files: files, isLeft: adopts)
            command.descriptors.merge(streams.descriptors) { $1 }
            launcher = Launcher(command, files: files, adopts: adopts)
            defer { streams.end() }
            status = try launcher.run()
        }
        _ = consume document
        let refusal = status.isSuccess ? nil : try launcher.refusal()
        try files.remove()
        return (status, refusal)
    }

    private static func refusal(
        of request: ExecRequest, _ entry: EntryRecord, _ process: Int32
    ) -> Launcher.Refusal? {
        // A process that has gone, or that this one may not look at: the runtime tells.
        guard let program = request.arguments.first,
            let check = try? ProgramCheck(
                process: process, variables: entry.variables(for: request),
                workingDirectory: entry.workingDirectory(for: request))
        else { return nil }
        return check.refusal(of: program)
    }

    private func notRunning(_ id: ContainerID) -> EngineError {
        EngineError(.notRunning, "`\(id.service)` is not running. Start it with `trice up \(id.service)`.")
    }

    private func environmentToEnter(_ sink: any EventSink) throws -> EnvironmentID {
        if let only = try context.environmentOfDirectory() { return only }
        return try context.identity(sink: sink).id
    }

    /// By the directories of the containers that are up; what is not there goes to the records for a good answer.
    private func containerToEnter(
        _ service: String?, _ environment: EnvironmentID, _ sink: any EventSink
    ) throws -> ContainerID {
        if let service, let name = ServiceName(parsing: service) {
            let id = ContainerID(service: name, number: 1)
            if Files.exists(layout.entryRecord("\(id)", of: environment)) { return id }
        }
        let workspace = Workspace(id: environment, host: try host())
        return ContainerID(try workspace.records().container(named: service, of: context.identity(sink: sink)))
    }

    /// `NAME=VALUE`; of a name alone that of this process, and as in Compose nothing where it has none.
    private func variable(_ text: String) -> String? {
        if text.contains("="), !text.hasPrefix("=") { return text }
        return request.processEnvironment[text].map { "\(text)=\($0)" }
    }
}
