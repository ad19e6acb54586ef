internal import Store
internal import SupervisorProtocol
internal import Workspaces

/// What the records and the supervisor say of an environment at one moment, read once for all who ask. Reading starts no
/// process.
struct Sighting {
    let records: RuntimeRecords
    /// What the supervisor says of the containers, or what the last one left, by name.
    let containers: [String: ContainerStatus]
    /// The published ports that are open.
    let openPorts: Set<PublishedPortRecord>

    /// - Parameter looksAtPorts: whether the supervisor is asked which ports are open; without that all count as open.
    init(_ workspace: Workspace, looksAtPorts: Bool = true) throws {
        records = try workspace.records()
        containers = try workspace.supervisedContainers(records)
        openPorts = looksAtPorts ? try workspace.openPorts(records) : Set(records.publishedPorts)
    }
}
