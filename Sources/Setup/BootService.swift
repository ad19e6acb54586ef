internal import LinuxSystem
package import SystemPackage
package import Vocabulary
package import Workspaces

/// Environments that come up when the machine starts: units of the host's systemd.
package struct BootService: Sendable {
    /// How an environment stands with systemd.
    package struct State: Sendable, Encodable {
        /// The environment that is asked about.
        package var environment: EnvironmentID
        /// The unit file; absent for an environment without a unit.
        package var unit: String?
        /// Such as `enabled`, as systemd tells; absent without a unit.
        package var enabled: String?
        /// Such as `active`, as systemd tells; absent without a unit.
        package var active: String?
    }

    private let directory: FilePath
    private let programs: ProgramSearch
    private let userID: UInt32
    /// Whether systemd is what has started this host; sd_booted(3).
    private let isBooted: Bool

    /// - Parameter isBooted: whether systemd has started the host; `nil` to ask the host.
    package init(_ request: ProjectRequest, directory: FilePath = "/etc/systemd/system", isBooted: Bool? = nil) {
        self.directory = directory
        programs = ProgramSearch(path: request.processEnvironment["PATH"])
        userID = request.userID
        self.isBooted = isBooted ?? Files.exists("/run/systemd/system")
    }

    /// The file of an environment's unit, whether it exists or not.
    package func file(of environment: EnvironmentID) -> FilePath {
        directory.appending(BootUnit.name(of: environment))
    }

    /// Whether the environment has a unit.
    package func isEnabled(_ environment: EnvironmentID) -> Bool { Files.exists(file(of: environment)) }

    /// Writes the unit and enables it; one that is there is replaced. Nothing is started.
    ///
    /// - Throws: `EngineError.unsupportedHost` without systemd, `.settings` without the privilege.
    package func enable(_ unit: BootUnit) throws {
        let systemctl = try checked("enable")
        let file = file(of: unit.environment)
        let before = try Files.text(file)
        try Files.write(unit.text.utf8, to: file, mode: 0o644)
        do {
            try run(systemctl, "daemon-reload")
            try run(systemctl, "enable", unit.name)
        } catch {
            if let before { try Files.write(before.utf8, to: file, mode: 0o644) } else { try Files.remove(file) }
            throw error
        }
    }

    /// Removes the unit; the environment stays as it is.
    ///
    /// - Returns: whether there was one.
    package func disable(_ environment: EnvironmentID) throws -> Bool {
        guard isEnabled(environment) else { return false }
        let systemctl = try checked("disable")
        try run(systemctl, "disable", BootUnit.name(of: environment))
        try Files.remove(file(of: environment))
        try run(systemctl, "daemon-reload")
        return true
    }

    /// What systemd says of the environment's unit.
    package func state(of environment: EnvironmentID) throws -> State {
        guard isEnabled(environment) else { return State(environment: environment) }
        let name = BootUnit.name(of: environment)
        return State(
            environment: environment, unit: file(of: environment).string,
            enabled: try answer("is-enabled", name), active: try answer("is-active", name))
    }

    // MARK: - systemctl

    private func checked(_ verb: String) throws -> FilePath {
        guard isBooted, let systemctl = programs.find("systemctl") else {
            throw EngineError(
                .unsupportedHost,
                "This host was not started by systemd, which is to bring the environment up. Call `trice up` from what "
                    + "starts its services; `trice boot show` prints the unit as an example.")
        }
        guard userID == 0 else {
            throw EngineError(
                .settings, "Only root may change the units of systemd in `\(directory)`. Run `sudo trice boot \(verb)`."
            )
        }
        return systemctl
    }

    private func run(_ program: FilePath, _ arguments: String...) throws {
        let output = try ProcessOutput.of(ChildProcess.Command(program.string, arguments))
        guard output.status.isSuccess else {
            throw EngineError(
                .settings,
                "`systemctl \(arguments.joined(separator: " "))` ended with code \(output.status.code): \(output.message)"
            )
        }
    }

    /// The first line that systemctl prints; its exit code says the same.
    private func answer(_ verb: String, _ name: String) throws -> String? {
        guard isBooted, let systemctl = programs.find("systemctl") else { return nil }
        let output = try ProcessOutput.of(ChildProcess.Command(systemctl.string, [verb, name]))
        return String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }
}
