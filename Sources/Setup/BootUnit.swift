internal import Diagnostics
package import Vocabulary
package import Workspaces

/// The systemd unit that brings an environment up at the start of the machine; systemd.unit(5), systemd.service(5).
package struct BootUnit: Sendable, Hashable {
    /// The environment that the unit brings up.
    package let environment: EnvironmentID
    /// Absolute; where the Envfile is looked for.
    private let directory: String
    /// The program and the options that say which project is meant.
    private let program: String
    private let options: [String]
    private let variables: [String: String]

    /// - Parameters:
    ///   - program: the absolute path of `trice`.
    ///   - request: of the project as `up` would be asked for it, with the same files, name, profiles and variables.
    /// - Throws: `EngineError.settings` for a path that no unit can hold.
    package init(_ environment: EnvironmentID, program: String, request: ProjectRequest) throws(EngineError) {
        self.environment = environment
        directory = request.workingDirectory
        self.program = program
        options = Self.options(of: request)
        variables = request.processEnvironment.filter { name, value in
            Self.kept.contains(name) || Self.prefixes.contains { name.hasPrefix($0) }
        }
        if request.files.contains("-") {
            throw EngineError(
                .settings, "An Envfile from standard input is not there when the machine starts. Name a file with `-f`."
            )
        }
        for text in [directory, program] + options + variables.values where text.contains(where: \.isNewline) {
            throw EngineError(.settings, "A systemd unit cannot hold a line end, as in `\(text.visibleInLine)`.")
        }
    }

    private static func options(of request: ProjectRequest) -> [String] {
        var named: [(name: String, value: String)] = request.files.map { ("--file", $0) }
        named += request.environmentFiles.map { ("--env-file", $0) }
        named += request.profiles.map { ("--profile", $0) }
        if let directory = request.projectDirectory { named.append(("--project-directory", directory)) }
        if let name = request.projectName { named.append(("--project-name", name)) }
        if let runtime = request.runtime { named.append(("--runtime", runtime)) }
        return named.flatMap { [$0.name, $0.value] }
    }

    /// What says who called `sudo`, and where programs and state are. Everyone may read them in a unit: what may hold a
    /// password, as the address of a proxy, is not among them.
    private static let kept: Set<String> = [
        "PATH", "HOME", "SUDO_UID", "SUDO_GID", "SUDO_USER", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DOCKER_CONFIG",
    ]
    private static let prefixes = ["TRICE_", "COMPOSE_"]

    /// Such as `trice-shop-57d56148.service`.
    package var name: String { Self.name(of: environment) }

    static func name(of environment: EnvironmentID) -> String { "trice-\(environment).service" }

    /// The unit file.
    ///
    /// A failed `up` leaves what runs as it is, so only the main process is ended with the unit; it is tried again, for it
    /// may need a network of another environment that is still on its way.
    package var text: String {
        let lines = variables.sorted { $0.key < $1.key }.map { "Environment=\(Self.quoted("\($0.key)=\($0.value)"))" }
        return """
            # Written by `trice boot enable`; `trice boot disable` removes it.
            [Unit]
            Description=Trice environment \(environment)
            After=local-fs.target network.target
            RequiresMountsFor=\(Self.quoted(directory))
            StartLimitIntervalSec=10min
            StartLimitBurst=10

            [Service]
            Type=oneshot
            RemainAfterExit=yes
            WorkingDirectory=\(directory.replacing("%", with: "%%"))
            \(lines.joined(separator: "\n"))
            ExecStart=\(line("up", "--progress", "plain"))
            ExecStop=\(line("halt", "--progress", "plain"))
            KillMode=process
            TimeoutStartSec=infinity
            Restart=on-failure
            RestartSec=10

            [Install]
            WantedBy=multi-user.target

            """
    }

    private func line(_ arguments: String...) -> String {
        ([program] + arguments + options).map { Self.quoted($0).replacing("$", with: "$$") }.joined(separator: " ")
    }

    /// systemd.syntax(7), "Quoting", and specifiers.
    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%")
        return "\"\(escaped)\""
    }
}
