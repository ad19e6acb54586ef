internal import CLinux
internal import Containers
internal import Glibc
package import LinuxSystem
internal import Vocabulary
package import Workspaces

/// What a client of OpenSSH asks for on its connection: a shell, a command or a file transfer.
///
/// `sshd` starts it as the login shell of the user, with `-c` and the command line where there is one.
package struct SSHSession {
    /// The variables that `SSHConnection` gives the server, which passes them on.
    static let environmentVariable = "TRICE_SSH_ENVIRONMENT"
    static let containerVariable = "TRICE_SSH_CONTAINER"

    private let context: CommandContext
    private let environment: EnvironmentID
    private let container: ContainerID

    /// - Returns: `nil` for a process that no server of Trice's has started.
    package init?(_ request: ProjectRequest) throws {
        guard let name = request.processEnvironment[Self.environmentVariable],
            let text = request.processEnvironment[Self.containerVariable]
        else { return nil }
        environment = EnvironmentID(recorded: name)
        container = try ContainerID(text)
        context = try CommandContext(request)
    }

    /// Runs it with the streams of this process; returns how it ended.
    ///
    /// - Parameter command: `nil` for a shell.
    package func run(command: String?, sink: any EventSink) throws -> ExitStatus {
        // Where the server is killed, or its client goes, what runs inside is told.
        _ = cl_prctl(CL_PR_SET_PDEATHSIG, UInt(SIGHUP), 0, 0, 0)
        let variables = context.request.processEnvironment
        var request = EnterRequest(
            service: nil, command: [], user: variables["USER"], workingDirectory: nil,
            environment: ["SSH_CONNECTION", "SSH_CLIENT"].compactMap { name in variables[name].map { "\(name)=\($0)" }
            },
            hasTerminal: isatty(0) == 1 && isatty(1) == 1)
        var shell = EnterRequest.Shell()
        shell.line = command
        shell.isLogin = command == nil
        shell.forwardsAgent = true
        shell.offersTools = command.map { TransferTools.isAsked(by: $0) } ?? false
        request.shell = shell
        request.tellsSignal = true
        return try ContainerSessions(context).run(in: container, of: environment, request, sink: sink)
    }
}
