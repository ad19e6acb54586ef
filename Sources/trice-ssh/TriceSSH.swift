internal import Glibc
internal import LinuxSystem
internal import Rootless
internal import Sessions
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Both ends of a connection of OpenSSH's to a container.
///
/// `trice-ssh connect STATE-DIRECTORY RUN-DIRECTORY ENVIRONMENT CONTAINER` is the `ProxyCommand` of a client. `trice-ssh serve`
/// with the same first three is started by a supervisor for a client that is not root; its standard input is the connection.
/// Every other way to call it is that of a login shell: `trice-ssh [-c COMMAND]`.
@main
struct TriceSSH {
    static func main() {
        StandardStreams.fill()
        signal(SIGPIPE, SIG_IGN)
        do {
            exit(try run(Array(CommandLine.arguments.dropFirst())))
        } catch let refused as RefusedCommand {
            complain(refused.message)
            exit(refused.exitCode)
        } catch {
            complain(ErrorReport(of: error).message)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        switch (arguments.first, arguments.count) {
        case ("connect", 5):
            let (layout, environment) = try place(arguments)
            let container = try ContainerID(arguments[4])
            // A user's own environments are in namespaces where the user is root.
            if try geteuid() == 0 || RootlessNamespaces.enterExisting(run: layout.run) {
                return try SSHConnection(layout: layout, environment: environment, container: container).serve()
            }
            if try Files.status(layout.state, followingLinks: true)?.owner == geteuid() {
                throw EngineError(
                    .notRunning, "`\(container.service)` is not running. Start it with `trice up \(container.service)`."
                )
            }
            return try SSHRelay(to: layout.sshSocket(of: environment, user: geteuid())).run(container)
        case ("serve", 4):
            let (layout, environment) = try place(arguments)
            return try SSHRelay.answer(layout, environment)
        case ("-c", 2): return try shell(arguments[1])
        case (nil, _): return try shell(nil)
        default: return usage()
        }
    }

    private static func place(_ arguments: [String]) throws -> (Layout, EnvironmentID) {
        let variables = ["TRICE_STATE_DIRECTORY": arguments[1], "TRICE_RUN_DIRECTORY": arguments[2]]
        return (Layout(environment: variables, userID: geteuid()), try EnvironmentID(arguments[3]))
    }

    private static func shell(_ command: String?) throws -> Int32 {
        let request = ProjectRequest(
            files: [], projectName: nil, profiles: [], runtime: nil, processEnvironment: EnvironmentVariables.current,
            userID: geteuid(), workingDirectory: "/", version: "")
        guard let session = try SSHSession(request) else { return usage() }
        let status = try session.run(command: command, sink: StandardError())
        if case .signaled(let number) = status { end(by: number) }
        return status.code
    }

    /// Ends as the program inside did: the server tells its client of the signal, RFC 4254 section 6.10.
    private static func end(by number: Int32) {
        // The core is that of the program inside, not of this one.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), number)
    }

    private static func usage() -> Int32 {
        complain("`trice-ssh` is started by ssh. Run `trice ssh-config`, which tells ssh how.")
        return 64
    }

    static func complain(_ text: String) {
        let bytes = Array("trice: \(text)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}

/// Remarks go to standard error.
private struct StandardError: EventSink {
    func receive(_ event: Event) {}

    func note(_ text: String, isWarning: Bool) {
        TriceSSH.complain(isWarning ? "warning: \(text)" : text)
    }

    func finish() {}
}
