internal import LinuxSystem
package import SystemPackage
package import Vocabulary

/// What one user has in `~/.ssh` of environments: a directory for each in `~/.ssh/trice`, and a line in `~/.ssh/config` by
/// which OpenSSH reads them. All is read and written with the rights of that user.
package struct SSHClientFiles: Sendable {
    /// The user whose files they are.
    package let client: SSHClients.Client
    private let environment: EnvironmentID

    package init(_ client: SSHClients.Client, of environment: EnvironmentID) {
        self.client = client
        self.environment = environment
    }

    private var ssh: FilePath { FilePath(client.home).appending(".ssh") }
    private var all: FilePath { ssh.appending("trice") }
    private var directory: FilePath { all.appending(environment.text) }
    private var settings: FilePath { directory.appending("config") }

    /// The keys as this user can read them: root reads those of the environment, others have copies.
    package func keys(_ keys: SSHKeys) -> SSHKeys {
        client.user == 0 ? keys : SSHKeys(directory)
    }

    /// Copies the keys for a user who cannot read those of the environment.
    package func copyKeys(_ keys: SSHKeys) throws {
        guard client.user != 0 else { return }
        let copies = SSHKeys(directory)
        for (source, target) in [
            (keys.userKey, copies.userKey), (keys.authorizedKeys, copies.authorizedKeys),
            (keys.knownHosts, copies.knownHosts),
        ] {
            let bytes = try Files.read(source)
            try asUser { () throws(SystemError) in
                try Files.createDirectory(directory, mode: 0o700)
                try Files.write(bytes, to: target, mode: 0o600)
            }
        }
    }

    /// Writes a file for this user alone, beside the keys as this user reads them.
    package func write(_ text: String, named name: String, beside keys: SSHKeys) throws -> FilePath {
        let path = self.keys(keys).directory.appending(name)
        try asUser { () throws(SystemError) in try Files.write(text.utf8, to: path, mode: 0o600) }
        return path
    }

    /// Removes such a file.
    package func remove(_ path: FilePath) throws {
        try asUser { () throws(SystemError) in _ = try Files.remove(path) }
    }

    /// The names of hosts that OpenSSH finds in the settings of other environments.
    package func foreignHosts() throws -> Set<String> {
        let text = try asUser { () throws(SystemError) -> String in
            var text = ""
            guard Files.exists(all) else { return text }
            for name in try Files.names(in: all) where name != environment.text {
                text += try Files.text(all.appending(name).appending("config")) ?? ""
            }
            return text
        }
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Host ") }
        return Set(lines.flatMap { $0.split(separator: " ").dropFirst().map(String.init) })
    }

    /// Makes OpenSSH read these settings.
    package func install(_ text: String) throws {
        try asUser { () throws(SystemError) in
            try Files.createDirectory(directory, mode: 0o700)
            if try Files.text(settings) != text { try Files.write(text.utf8, to: settings, mode: 0o600) }
        }
        try change { SSHInclude(directory: all.string).added(to: $0) }
    }

    /// Removes all that there is of the environment, and the line in `~/.ssh/config` with the last one.
    package func remove() throws {
        let isLast = try asUser { () throws(SystemError) -> Bool in
            if Files.exists(directory) { try Files.removeTree(directory) }
            guard Files.exists(all) else { return true }
            let isLast = try Files.names(in: all).isEmpty
            if isLast { try Files.removeTree(all) }
            return isLast
        }
        if isLast { try change { SSHInclude(directory: all.string).removed(from: $0) } }
    }

    /// Changes `~/.ssh/config`, or the file that it is a link to.
    private func change(_ body: (String) -> String) throws {
        let path = ssh.appending("config")
        do throws(SystemError) {
            let text = try asUser { () throws(SystemError) in try Files.text(path) } ?? ""
            let changed = body(text)
            guard changed != text else { return }
            try asUser { () throws(SystemError) in
                let target = path.resolved() ?? path
                let mode = try Files.status(target)?.mode ?? 0o600
                try Files.write(changed.utf8, to: target, mode: mode)
            }
        } catch {
            throw EngineError(
                .settings,
                "`\(path)` could not be changed: \(error.errno). Write this line at its beginning yourself: "
                    + SSHInclude(directory: all.string).line, causes: [error])
        }
    }

    private func asUser<Result>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
        try UserFiles.run(asUser: client.user, group: client.group, body)
    }
}

/// The line of ssh_config(5) that includes the settings of all environments. It is the first of the file: after a `Host` it
/// would hold for that host only.
package struct SSHInclude: Sendable {
    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    private static let (begin, end) = ("# BEGIN trice", "# END trice")

    /// The line of `~/.ssh/config` that includes the settings of all environments; ssh_config(5).
    package var line: String { "Include \"\(directory)/*/config\"" }

    /// The text of `~/.ssh/config` with the line, which stands first.
    package func added(to text: String) -> String {
        let block = "\(Self.begin)\n\(line)\n\(Self.end)\n"
        return text.hasPrefix(block) ? text : block + removed(from: text)
    }

    /// The text of `~/.ssh/config` without the line.
    package func removed(from text: String) -> String {
        var lines: [Substring] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == Self.begin {
                isInside = true
            } else if line == Self.end, isInside {
                isInside = false
            } else if !isInside {
                lines.append(line)
            }
        }
        // A block without an end is not ours.
        return isInside ? text : lines.joined(separator: "\n")
    }
}
