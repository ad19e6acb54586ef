internal import LinuxSystem
internal import SystemPackage
package import Vocabulary

/// One container as a host of ssh_config(5).
package struct SSHHostBlock: Sendable {
    /// By which OpenSSH's client calls it.
    package var names: [String]
    package var container: ContainerID
    package var user: String
    package var forwardsAgent: Bool

    package init(names: [String], container: ContainerID, user: String, forwardsAgent: Bool = false) {
        self.names = names
        self.container = container
        self.user = user
        self.forwardsAgent = forwardsAgent
    }

    /// The name of a container without that of its environment: the first one of a service has the service's.
    package static func shortName(of container: ContainerID) -> String {
        container.number == 1 ? container.service.rawValue : "\(container)"
    }

    /// - Parameter keys: as the client can read them.
    package func text(_ access: SSHAccess, _ keys: SSHKeys) throws -> String {
        let layout = access.workspace.layout
        let environment = access.workspace.id
        let command = [
            try Installation().sshProgram().string, "connect", layout.state.string, layout.run.string, environment.text,
            "\(container)",
        ]
        return """
            Host \(names.joined(separator: " "))
              HostName \(Self.shortName(of: container)).\(environment)
              User \(user)
              HostKeyAlias \(access.hostAlias)
              UserKnownHostsFile \(Self.quoted(keys.knownHosts))
              StrictHostKeyChecking yes
              UpdateHostKeys no
              IdentityFile \(Self.quoted(keys.userKey))
              IdentitiesOnly yes
              PasswordAuthentication no
              KbdInteractiveAuthentication no
              ForwardAgent \(forwardsAgent ? "yes" : "no")
              SendEnv LANG COLORTERM
              ProxyCommand \(command.map(ShellWord.quoted).joined(separator: " ").replacing("%", with: "%%"))

            """
    }

    /// A path as ssh_config(5) takes it, where `%` begins a token.
    private static func quoted(_ path: FilePath) -> String {
        "\"\(path.string.replacing("%", with: "%%"))\""
    }
}
