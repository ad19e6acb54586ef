package import Containers
internal import Images
internal import LinuxSystem
package import Store
package import Supervisor
package import SupervisorProtocol
package import SystemPackage

package import struct Vocabulary.ContainerID
package import struct Vocabulary.ServiceName

/// One environment while a command works on it: its names, its records, its supervisor.
package struct Workspace: Sendable {
    package let id: EnvironmentID
    package let host: Host
    private let connection = Once<SupervisorClient>()

    package init(id: EnvironmentID, host: Host) {
        self.id = id
        self.host = host
    }

    package var layout: Layout { host.layout }
    package var runDirectory: FilePath { layout.environmentRun(id) }
    package var stateDirectory: FilePath { layout.environmentState(id) }
    package var logs: LogDirectory { LogDirectory(stateDirectory: stateDirectory) }

    package func records() throws -> RuntimeRecords {
        try host.runtime.records(environmentID: id.text)
    }

    package func runDirectory(of container: ContainerID) -> FilePath {
        layout.containerRun("\(container)", of: id)
    }

    package func stateDirectory(of container: ContainerID) -> FilePath {
        layout.containerState("\(container)", of: id)
    }

    package func rootfs(of container: ContainerID) -> FilePath {
        runDirectory(of: container).appending("rootfs")
    }

    /// The root of a container that has been built, from its record; `nil` where that names no layers.
    package func rootFilesystem(of record: ContainerRecord) -> RootFilesystem? {
        let id = ContainerID(record)
        let layers = record.layers.map { host.images.store.layers.directory.appending($0) }.filter(Files.exists)
        guard !layers.isEmpty else { return nil }
        let state = stateDirectory(of: id)
        return RootFilesystem(
            lowers: layers, upper: state.appending("upper"), work: state.appending("work"), target: rootfs(of: id))
    }

    package func bundle(of container: ContainerID) -> Bundle {
        Bundle(runDirectory(of: container).appending("bundle"))
    }

    /// What `ssh` needs to enter a container.
    package func entryRecord(of container: ContainerID) -> FilePath {
        layout.entryRecord("\(container)", of: id)
    }

    /// The id by which the runtime knows a container.
    package func runtimeID(of container: ContainerID) -> String {
        "\(id.text)-\(container)"
    }

    /// The supervisor; started when it is not there, and looked for once only.
    package func supervisor() throws -> SupervisorClient {
        try connection.value(connect)
    }

    private func connect() throws -> SupervisorClient {
        try Files.createDirectory(runDirectory, mode: 0o700)
        try Files.createDirectory(stateDirectory, mode: 0o711)
        return try SupervisorClient.connect(orStarting: try supervisorCommand, runDirectory: runDirectory)
    }

    private var supervisorCommand: [String] {
        get throws {
            [try Installation().program.string, "supervise", runDirectory.string, stateDirectory.string]
        }
    }

    /// Replaces a supervisor that another release started and that lacks what this one needs; its containers run on.
    /// The caller holds the environment's lock, and has not asked for the supervisor yet.
    func replaceOutdatedSupervisor() throws {
        try SupervisorClient.replace(
            bySupervisor: try supervisorCommand, runDirectory: runDirectory, lacking: Feature.current)
    }

    /// What the supervisor says of the containers, by name; nothing where no container was ever started.
    package func supervisedContainers(_ records: RuntimeRecords) throws -> [String: ContainerStatus] {
        guard !records.containers.isEmpty, Files.exists(runDirectory) else { return [:] }
        let statuses = try supervisor().status()
        return Dictionary(statuses.map { ($0.name, $0) }) { first, _ in first }
    }
}

/// A record's service was checked when the record was written.
extension ContainerID {
    package init(_ record: ContainerRecord) {
        self.init(service: ServiceName(unchecked: record.service), number: record.number)
    }

    package init(_ record: AddressRecord) {
        self.init(service: ServiceName(unchecked: record.service), number: record.number)
    }

    package init(_ record: PublishedPortRecord) {
        self.init(service: ServiceName(unchecked: record.service), number: record.number)
    }
}
