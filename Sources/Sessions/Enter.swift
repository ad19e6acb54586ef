internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID
internal import struct Vocabulary.ServiceName

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
    /// Replaces this process by the command inside the container; returns only by throwing.
    ///
    /// It opens neither database nor socket and reads no YAML where the environment is the only one of its directory:
    /// `ssh` should take hardly longer than the runtime.
    package func enter(_ request: EnterRequest, sink: any EventSink) throws -> Never {
        let environment = try environmentToEnter(sink)
        let id = try containerToEnter(request.service, environment, sink)
        let rootfs = layout.containerRun("\(id)", of: environment).appending("rootfs")
        guard layout.isRunning(id, environment),
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
}
