internal import Engine
internal import Glibc
internal import LinuxSystem
internal import Rootless
internal import SystemPackage
internal import Workspaces

/// Moves a command of a user without root into the user's namespaces, where it is root.
enum PrivateNamespaces {
    /// Where they cannot be had, the command begins as it is: its errors then say why.
    static func enter(for arguments: [String]) throws {
        guard geteuid() != 0 else { return try RootlessNamespaces.stayInside() }
        guard let command = command(of: arguments), !plain.contains(command) || isPackage(command, arguments),
            !isOfCluster(command, arguments)
        else { return }
        let layout = Layout(environment: ProcessEnvironment.current, userID: geteuid())
        if looking.contains(command), !RootlessNamespaces.exist(run: layout.run) { return }
        try Host.checkDirectories(of: layout)
        let installation = try Installation()
        do throws(RootlessError) {
            try RootlessNamespaces.enter(
                run: layout.run, program: installation.program,
                keeperProgram: try keeper(of: installation), startsProcesses: !looking.contains(command))
        } catch {
            OutsideHost.problem = error.message
            return
        }
        setenv("TRICE_STATE_DIRECTORY", layout.state.string, 1)
        setenv("TRICE_RUN_DIRECTORY", layout.run.string, 1)
    }

    private static func keeper(of installation: Installation) throws(RootlessError) -> FilePath {
        do throws(EngineError) {
            return try installation.initProgram()
        } catch {
            throw RootlessError(.noNamespaces, error.message)
        }
    }

    /// The commands that make and look at nothing but files.
    private static let plain: Set<String> = [
        "init", "config", "convert", "validate", "version", "help", "completion", "doctor", "login", "logout",
        "bridge", "port-forward",
    ]

    /// Whether `init` may be about a package, which brings images and volumes.
    private static func isPackage(_ command: String, _ arguments: [String]) -> Bool {
        command == "init" && arguments.contains { $0 == "--from" || $0.hasPrefix("--from=") }
    }

    /// Whether the command becomes the user's `kubectl`, for which a cluster may be on the host's loopback.
    private static func isOfCluster(_ command: String, _ arguments: [String]) -> Bool {
        ["ssh", "logs", "status"].contains(command) && arguments.prefix { $0 != "--" }.contains("--cluster")
    }

    /// The commands that only look: where there are no namespaces, nothing is up.
    private static let looking: Set<String> = [
        "status", "ps", "ls", "list", "global-status", "plan", "logs", "port", "images", "volumes", "top", "stats",
        "events",
        "jobs", "hosts", "ssh-config", "wait", "outdated",
    ]
    /// The options before a command that have a value.
    private static let valued: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--profile", "--project-directory", "--workdir", "--runtime",
        "--env-file",
        "--ansi", "--progress", "--parallel",
    ]

    /// The command that the arguments name; `nil` for none, and where only help or the version is asked for.
    static func command(of arguments: [String]) -> String? {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if ["-h", "--help", "--version", "-v"].contains(word) { return nil }
            if valued.contains(word) {
                rest = rest.dropFirst()
            } else if !word.hasPrefix("-") {
                return rest.prefix { $0 != "--" }.contains("--help") ? nil : word
            }
        }
        return nil
    }
}
