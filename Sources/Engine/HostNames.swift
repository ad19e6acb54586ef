package import Execution
package import Workspaces

/// `hosts`.
extension Engine {
    /// The names of an environment's services on the host.
    package func hostNames(_ identity: EnvironmentTarget) throws -> HostNamesReport {
        try environments.hostNames(identity)
    }

    /// Writes them into a file such as /etc/hosts.
    package func writeHostNames(_ identity: EnvironmentTarget, to path: String, sink: any EventSink) throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try environments.writeHostNames(workspace, to: path)
        _ = consume lock
    }

    /// Removes them from such a file.
    package func removeHostNames(_ identity: EnvironmentTarget, from path: String, sink: any EventSink) throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try environments.removeHostNames(workspace, from: path)
        _ = consume lock
    }
}
