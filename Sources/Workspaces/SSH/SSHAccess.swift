internal import LinuxSystem
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// The ways by which users reach an environment with OpenSSH: keys, their settings, and sockets for those who are not root.
package struct SSHAccess: Sendable {
    /// The environment that is reached.
    package let workspace: Workspace

    package init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// The keys of the environment.
    package var keys: SSHKeys { SSHKeys(workspace.layout.sshKeys(of: workspace.id)) }

    /// Under which OpenSSH's clients know the containers.
    package var hostAlias: String { "trice-\(workspace.id)" }

    /// The users whose OpenSSH has been told of the environment.
    package func clients() throws -> SSHClients { try SSHClients(at: keys.clients) }

    /// The files of one user about the environment.
    package func files(_ client: SSHClients.Client) -> SSHClientFiles {
        SSHClientFiles(client, of: workspace.id)
    }

    /// Makes a user one whose OpenSSH reaches the environment: with keys, and a socket for one who is not root.
    ///
    /// - Returns: whether others could read the former keys, so that new ones were made.
    package func admit(_ client: SSHClients.Client) throws -> Bool {
        let wereExposed = try keys.prepare(knownAs: hostAlias)
        let lock = try keys.lock()
        defer { withExtendedLifetime(lock) {} }
        var clients = try clients()
        clients.note(client)
        try clients.write(to: keys.clients)
        try listen()
        try files(client).copyKeys(keys)
        return wereExposed
    }

    /// Makes the supervisor listen for the users who are not root; does nothing where none lives.
    package func listen() throws {
        let users = try clients().all.filter { $0.user != 0 }
        guard !users.isEmpty, let supervisor = try workspace.runningSupervisor() else { return }
        let layout = workspace.layout
        let program = try Installation().sshProgram().string
        var sockets: [ShellSocket] = []
        for client in users {
            let path = layout.sshSocket(of: workspace.id, user: client.user).string
            guard !sockets.contains(where: { $0.path == path }) else { continue }
            sockets.append(
                ShellSocket(
                    path: path, user: client.user, group: client.group,
                    command: [program, "serve", layout.state.string, layout.run.string, workspace.id.text]))
        }
        try supervisor.listen(sockets)
    }

    /// Removes what `down` removes: all but the keys and settings of users whose OpenSSH reads them by itself.
    package func end() throws {
        let layout = workspace.layout
        guard Files.exists(keys.directory) else { return }
        var clients = try clients()
        for client in clients.all where client.user != 0 {
            try Files.remove(layout.sshSocket(of: workspace.id, user: client.user))
        }
        // Other environments may have sockets there.
        if Files.exists(layout.sshSockets), try Files.names(in: layout.sshSockets).isEmpty {
            try Files.removeTree(layout.sshSockets)
        }
        for client in clients.all where !client.isInstalled { try files(client).remove() }
        clients.all.removeAll { !$0.isInstalled }
        if clients.all.isEmpty {
            try Files.removeTree(keys.directory)
        } else {
            try clients.write(to: keys.clients)
        }
    }
}
