internal import Envfile
internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// `trice doctor --report`: what a maintainer asks of the host and the project, in one text without secrets.
package struct BugReport: Sendable {
    /// A heading and what is below it.
    package struct Section: Sendable {
        package var title: String
        package var text: String

        package init(_ title: String, _ text: String) {
            self.title = title
            self.text = text
        }
    }

    private let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    private var request: ProjectRequest { context.request }

    /// The text, with sections of the caller's after those of the host and the Envfile.
    ///
    /// - Parameter others: what only the caller knows, such as the state of the environment.
    package func text(_ others: [Section]) -> String {
        var blanking = SecretBlanking()
        let envfile = envfile(&blanking)
        let sections = [Section("versions", versions), Section("checks", checks), Section("host", host), settings]
        let all = sections + [Section("variables", variables), envfile] + others
        let body = all.map { "## \($0.title)\n\n\($0.text)\n" }.joined(separator: "\n")
        return """
            # Report of `trice doctor`

            Secrets that Trice knows of are replaced by \(SecretBlanking.mark). Read the text before you give it away.

            \(blanking.text(body))
            """
    }

    private var versions: String {
        let build = (try? BuildRecord.ofProgram()) ?? nil
        var lines = ["trice \(request.version)", "commit \(build?.commit ?? "not known")"]
        if let toolchain = build?.toolchain { lines.append(toolchain) }
        lines += (build?.libraries ?? []).map { "\($0.name) \($0.version)" }
        for program in ["crun", "runc", "nft", "sshd"] { lines.append("\(program): \(path(of: program))") }
        return lines.joined(separator: "\n")
    }

    private func path(of program: String) -> String {
        ProgramSearch(path: request.processEnvironment["PATH"]).find(program)?.string ?? "not installed"
    }

    private var checks: String {
        do {
            return try HostChecks(context).run().map { check in
                let remedy = check.remedy.map { " → \($0)" } ?? ""
                return "\(check.outcome.rawValue.padding(7)) \(check.subject): \(check.finding)\(remedy)"
            }.joined(separator: "\n")
        } catch {
            return "could not be made: \(error)"
        }
    }

    private var host: String {
        var lines: [String] = []
        for path in ["/proc/sys/kernel/osrelease", "/proc/sys/kernel/version"] { lines.append(line(of: path)) }
        lines += (contents(of: "/etc/os-release") ?? "").split(separator: "\n").filter { $0.hasPrefix("PRETTY_NAME=") }
            .map(String.init)
        let memory = (contents(of: "/proc/meminfo") ?? "").split(separator: "\n").prefix(1)
        lines += memory.map(String.init)
        // Only what decides how containers are made; other mounts stay out of the report.
        let mounts = (contents(of: "/proc/self/mounts") ?? "").split(separator: "\n")
        let state = context.layout.state.string
        lines += mounts.filter { $0.contains(" cgroup") || $0.contains(" \(state) ") }.map(String.init)
        return lines.joined(separator: "\n")
    }

    private var settings: Section {
        Section("settings", context.settings.described)
    }

    /// The names alone.
    private var variables: String {
        let names = request.processEnvironment.keys.filter { name in
            ["TRICE_", "COMPOSE_", "XDG_", "SUDO_"].contains { name.hasPrefix($0) }
        }
        return names.sorted().joined(separator: "\n")
    }

    /// The files as they are written, before variables are replaced.
    private func envfile(_ blanking: inout SecretBlanking) -> Section {
        var directory: String?
        var tree: Value?
        var variables: [String: String] = [:]
        var text: String
        do {
            let files = try request.locate()
            directory = files.directory
            var options = LoadOptions().reading(files)
            options.interpolates = false
            let inspection = try Loader(processEnvironment: request.processEnvironment).inspect(
                files: files.files, projectDirectory: files.directory, projectName: request.projectName,
                options: options)
            tree = inspection.tree
            variables = inspection.environment
            text = YAMLWriter.text(blanking.blanked(inspection.tree))
        } catch {
            // The excerpts of its problems may show anything.
            text = "cannot be read: \(error.code)"
        }
        KnownSecrets(request: request, directory: directory).add(to: &blanking, tree: tree, variables: variables)
        return Section("Envfile", text)
    }

    private func contents(of path: String) -> String? { (try? Files.text(FilePath(path))) ?? nil }

    private func line(of path: String) -> String {
        contents(of: path)?.split(separator: "\n").first.map(String.init) ?? "-"
    }
}

extension Settings {
    /// One line for each setting that is set.
    fileprivate var described: String {
        var lines: [String] = []
        if let runtime { lines.append("runtime: \(runtime)") }
        if let registries { lines.append("registries: \(registries)") }
        if let addressPools { lines.append("addressPools: \(addressPools)") }
        if let usablePortRange { lines.append("usablePortRange: \(usablePortRange)") }
        if let seedLimit { lines.append("seedLimit: \(seedLimit)") }
        if let additionalStores { lines.append("additionalStores: \(additionalStores.map(\.string))") }
        if let limits { lines.append("limits: \(limits)") }
        return lines.isEmpty ? "none" : lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
