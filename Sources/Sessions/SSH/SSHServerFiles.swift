internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// The files of an `sshd` for one container: sshd_config(5), and users of its own.
struct SSHServerFiles {
    let directory: FilePath

    init(_ directory: FilePath) {
        self.directory = directory
    }

    /// Those that stand in place of the host's in /etc.
    static let loginFiles = ["passwd", "shadow", "group", "nsswitch.conf"]

    var configuration: FilePath { directory.appending("sshd_config") }

    /// Writes what has changed.
    ///
    /// - Parameters:
    ///   - users: the names under which a client may come. Each is root for the server, so that its login shell can enter the
    ///     container, where it becomes the user of that name.
    ///   - exchanges: methods of the key exchange; see `KeyExchanges`.
    ///   - variables: what the login shell gets.
    func write(
        users: [String], shell: String, keys: SSHKeys, exchanges: [String], variables: [String: String]
    ) throws {
        try Files.createDirectory(directory, mode: 0o700)
        let names = Set(users.filter(Self.isPlain)).subtracting([Self.confinedUser]).sorted()
        let passwd =
            names.map { "\($0):x:0:0::/:\(shell)\n" }.joined()
            + "\(Self.confinedUser):x:65534:65534::/run/sshd:/usr/sbin/nologin\n"
        let shadow = (names + [Self.confinedUser]).map { "\($0):*:19000:0:99999:7:::\n" }.joined()
        for (name, text) in [
            ("passwd", passwd), ("shadow", shadow), ("group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"),
            ("nsswitch.conf", "passwd: files\nshadow: files\ngroup: files\nhosts: files dns\n"),
            ("sshd_config", Self.configuration(keys, exchanges, variables)),
        ] {
            let path = directory.appending(name)
            if try Files.text(path) != text {
                try Files.write(text.utf8, to: path, mode: name == "shadow" ? 0o600 : 0o644)
            }
        }
    }

    /// The user as whom `sshd` talks to a client that has not proved itself.
    private static let confinedUser = "sshd"

    /// Whether a name can stand in passwd(5).
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "#") }
            && !name.hasPrefix("-") && !name.hasPrefix("+")
    }

    private static func configuration(
        _ keys: SSHKeys, _ exchanges: [String], _ variables: [String: String]
    ) -> String {
        let settings = variables.sorted { $0.key < $1.key }.map { "\"\($0.key)=\(escaped($0.value))\"" }
        return """
            HostKey \(quoted(keys.hostKey))
            AuthorizedKeysFile \(quoted(keys.authorizedKeys))
            AuthenticationMethods publickey
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            UsePAM no
            UseDNS no
            PermitUserRC no
            PermitUserEnvironment no
            PrintMotd no
            PrintLastLog no
            X11Forwarding no
            PermitTunnel no
            AllowTcpForwarding yes
            # It would reach the files of the host.
            AllowStreamLocalForwarding no
            # The network is the container's own.
            GatewayPorts clientspecified
            AcceptEnv LANG LC_* COLORTERM
            SetEnv \(settings.joined(separator: " "))
            MaxSessions 1000
            LoginGraceTime 60
            LogLevel ERROR
            # Both ends are on one machine: the fastest.
            KexAlgorithms \(exchanges.joined(separator: ","))
            Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com
            Subsystem sftp \(TransferTools.fileServer)

            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// A path as sshd_config(5) takes it, where `%` begins a token.
    private static func quoted(_ path: FilePath) -> String {
        "\"" + escaped(path.string).replacing("%", with: "%%") + "\""
    }
}
