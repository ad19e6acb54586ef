internal import Networks
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// The names of an environment's services on the host.
package struct HostNamesReport: Codable, Hashable, Sendable {
    /// An address with its names.
    package struct Entry: Codable, Hashable, Sendable {
        /// IPv4 or IPv6, as in /etc/hosts.
        package var address: String
        /// Such as `web.shop.trice.localhost`.
        package var names: [String]
    }

    /// The ID of the environment.
    package var environment: String
    /// In the order of the lines.
    package var entries: [Entry]
    /// The lines for a file such as /etc/hosts.
    package var text: String
}

extension EnvironmentControl {
    /// The names of the services of an environment on the host.
    package func hostNames(_ identity: EnvironmentTarget) throws -> HostNamesReport {
        let block = try HostNameBlock(workspace: Workspace(id: identity.id, host: try context.host())).block()
        return HostNamesReport(
            environment: block.environment,
            entries: block.entries.map { HostNamesReport.Entry(address: "\($0.address)", names: $0.names) },
            text: block.text)
    }

    /// Writes them into a file such as /etc/hosts, where they follow the environment until it is down.
    ///
    /// - Throws: `EngineError.notRunning` where there is no service.
    package func writeHostNames(_ workspace: Workspace, to path: String) throws {
        let block = HostNameBlock(workspace: workspace)
        if try block.block().entries.isEmpty {
            throw EngineError(.notRunning, "There is no service that could have a name. Bring it up with `trice up`.")
        }
        try block.write(to: FilePath(path))
    }

    /// Removes them from a file and from wherever else they have been written.
    package func removeHostNames(_ workspace: Workspace, from path: String) throws {
        try HostNameBlock(workspace: workspace).remove(from: FilePath(path))
    }
}
