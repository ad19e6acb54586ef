internal import LinuxSystem
package import SystemPackage

/// The keys of one environment for OpenSSH: one that proves the containers to a client, and one that proves the user to
/// them.
package struct SSHKeys: Sendable {
    /// Where they lie; mode 0700.
    package let directory: FilePath

    package init(_ directory: FilePath) {
        self.directory = directory
    }

    /// The private key of the containers.
    package var hostKey: FilePath { directory.appending("host_key") }
    /// The private key of the user.
    package var userKey: FilePath { directory.appending("user_key") }
    /// The public key of the user: the one that containers accept.
    package var authorizedKeys: FilePath { directory.appending("user_key.pub") }
    /// The public key of the containers, as OpenSSH's clients look for it. It is written last: where it is, all is.
    package var knownHosts: FilePath { directory.appending("known_hosts") }
    /// The users whose OpenSSH has been told of the environment; see `SSHClients`.
    package var clients: FilePath { directory.appending("clients") }

    /// Whether they have been made.
    package var exist: Bool { Files.exists(knownHosts) }

    /// Makes the keys unless they are there; keys that others could read are made anew.
    ///
    /// - Parameter name: under which clients know the containers.
    /// - Returns: whether others could read the former keys.
    package func prepare(knownAs name: String) throws -> Bool {
        try Files.createDirectory(directory.removingLastComponent(), mode: 0o700)
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        let wereExposed = try exist && exposedFile() != nil
        if exist, !wereExposed { return false }
        try Files.createDirectory(directory, mode: 0o700)
        for path in [knownHosts, hostKey, userKey, authorizedKeys, directory.appending("host_key.pub")] {
            try Files.remove(path)
        }
        guard let program = ProgramSearch.ofProcess.find("ssh-keygen") else {
            throw EngineError(
                .unsupportedHost,
                "The program `ssh-keygen` is missing. Install it, such as with: apt install openssh-client")
        }
        for key in [hostKey, userKey] {
            let output = try ProcessOutput.of(
                ChildProcess.Command(
                    program.string, ["-q", "-t", "ed25519", "-N", "", "-C", "trice \(name)", "-f", key.string]))
            guard output.status.isSuccess else {
                throw EngineError(.unsupportedHost, "`ssh-keygen` could not make a key: \(output.message)")
            }
        }
        let words = (try Files.text(directory.appending("host_key.pub")) ?? "").split(separator: " ").prefix(2)
        try Files.write("\(name) \(words.joined(separator: " "))\n".utf8, to: knownHosts, mode: 0o600)
        return wereExposed
    }

    /// The lock that one command at a time holds to change what is there.
    func lock() throws(SystemError) -> FileLock {
        try FileLock(waitingFor: directory.removingLastComponent().appending("lock"))
    }

    /// Refuses a private key that is missing, or that others can read: `sshd` and `ssh` would refuse it as well, and say
    /// less.
    package func check() throws {
        for key in [hostKey, userKey] where !Files.exists(key) {
            throw EngineError(.settings, "The key `\(key)` is missing. Make new keys with `trice ssh-config`.")
        }
        if let path = try exposedFile() {
            throw EngineError(
                .settings,
                "The key `\(path)` can be read by other users, so it proves nothing. Make new keys with `trice ssh-config`."
            )
        }
    }

    private func exposedFile() throws -> FilePath? {
        try [hostKey, userKey].first { try Files.status($0).map { $0.mode & 0o077 != 0 } ?? false }
    }
}

/// The users whose OpenSSH has been told of an environment: a file of lines `USER GROUP KIND HOME`.
package struct SSHClients: Sendable {
    /// One user.
    package struct Client: Hashable, Sendable {
        /// The numeric user.
        package var user: UInt32
        /// The numeric group.
        package var group: UInt32
        /// The home directory, absolute.
        package var home: String
        /// Whether their OpenSSH reads the environment's settings by itself: these outlive `down`.
        package var isInstalled: Bool

        package init(user: UInt32, group: UInt32, home: String, isInstalled: Bool) {
            self.user = user
            self.group = group
            self.home = home
            self.isInstalled = isInstalled
        }
    }

    /// In the order in which they came.
    package var all: [Client] = []

    package init() {}

    /// Reads the file; empty where it does not exist.
    package init(at path: FilePath) throws {
        for line in (try Files.text(path) ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard fields.count == 4, let user = UInt32(fields[0]), let group = UInt32(fields[1]) else { continue }
            all.append(Client(user: user, group: group, home: fields[3], isInstalled: fields[2] == "installed"))
        }
    }

    /// Writes the file, for its owner alone.
    package func write(to path: FilePath) throws {
        let lines = all.map { "\($0.user) \($0.group) \($0.isInstalled ? "installed" : "printed") \($0.home)\n" }
        try Files.write(lines.joined().utf8, to: path, mode: 0o600)
    }

    /// Adds a user, or changes what is known of them.
    package mutating func note(_ client: Client) {
        var client = client
        for known in all where known.user == client.user && known.home == client.home {
            client.isInstalled = client.isInstalled || known.isInstalled
        }
        all.removeAll { $0.user == client.user && $0.home == client.home }
        all.append(client)
    }
}
