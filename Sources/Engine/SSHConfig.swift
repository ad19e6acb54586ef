package import Sessions
package import Workspaces

/// `ssh-config`.
extension Engine {
    /// The settings by which OpenSSH reaches the services of an environment.
    package func sshConfiguration(
        _ request: SSHConfigRequest, _ identity: EnvironmentTarget, sink: any EventSink
    ) throws -> String {
        try sessions.sshConfiguration(request, identity, sink: sink)
    }

    /// Removes what `ssh-config --install` has written.
    package func removeSSHConfiguration(_ identity: EnvironmentTarget) throws {
        try sessions.removeSSHConfiguration(identity)
    }
}
