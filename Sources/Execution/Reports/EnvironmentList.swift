internal import LinuxSystem
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// What `trice ls` shows: every environment of this user on this host, by its records.
package struct EnvironmentList: Sendable, Encodable {
    /// One environment of this host.
    package struct Entry: Sendable, Encodable {
        /// The ID, which `-p` takes from anywhere.
        package var environment: String
        package var name: String?
        package var directory: String?
        /// Whether the directory is not there any more.
        package var isDirectoryGone: Bool
        /// The number of containers in each state, such as `running`; empty when it is down and keeps volumes.
        package var states: [String: Int]
        package var ports: [StatusReport.Port]
        package var volumes: [String]
        /// The services of other environments that it uses.
        package var uses: [ServiceUse]
        /// Its services that other environments use.
        package var usedBy: [ServiceUse]
        /// Since its first `up`.
        package var ageSeconds: Int64?
    }

    package var environments: [Entry]
}

extension EnvironmentControl {
    /// - Parameter includesDown: whether environments are listed that are down but keep volumes.
    package func list(includesDown: Bool) throws -> EnvironmentList {
        let host = try context.host()
        let recorded = try host.durable.environments()
        let volumes = Dictionary(grouping: try host.durable.volumes(), by: \.environmentID)
        let up = try host.runtime.environmentIDs()
        let down = includesDown ? recorded.map(\.id).filter { !up.contains($0) } : []
        let uses = try host.serviceUses()
        let entries = try (up + down).map { id in
            let record = recorded.first { $0.id == id }
            let workspace = Workspace(id: id, host: host)
            let services = try services(workspace, try Sighting(workspace))
            return EnvironmentList.Entry(
                environment: id.text, name: record?.name, directory: record?.directory,
                isDirectoryGone: record.map { !Files.exists(FilePath($0.directory)) } ?? false,
                states: Dictionary(services.map { ($0.state, 1) }, uniquingKeysWith: +),
                ports: services.flatMap(\.ports), volumes: (volumes[id] ?? []).map { "\($0.name)" },
                uses: uses.filter { $0.user == id.text }, usedBy: uses.filter { $0.owner == id.text },
                ageSeconds: record.map { (WallClock.nanoseconds - $0.createdAt) / 1_000_000_000 })
        }
        return EnvironmentList(environments: entries)
    }
}
