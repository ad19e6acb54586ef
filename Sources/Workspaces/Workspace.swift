package import Containers
package import Images
internal import LinuxSystem
internal import OCI
package import Store
package import Supervisor
package import SupervisorProtocol
package import SystemPackage
package import Vocabulary

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

    /// The records of this environment.
    package func records() throws -> RuntimeRecords {
        try host.runtime.records(environmentID: id)
    }

    /// The records of one container, with the networks of the environment: enough to start it, in a time that does not grow
    /// with the number of containers.
    package func records(of container: ContainerID) throws -> RuntimeRecords {
        try host.runtime.records(environmentID: id, service: container.service, number: container.number)
    }

    /// The record of a container; `nil` for none.
    package func record(of container: ContainerID) throws -> ContainerRecord? {
        try host.runtime.container(environmentID: id, service: container.service, number: container.number)
    }

    /// The directory of a container that lives until the machine restarts.
    package func runDirectory(of container: ContainerID) -> FilePath {
        layout.containerRun("\(container)", of: id)
    }

    /// The directory of a container that stays until the container is removed.
    package func stateDirectory(of container: ContainerID) -> FilePath {
        layout.containerState("\(container)", of: id)
    }

    /// Where the file system of a container is mounted.
    package func rootfs(of container: ContainerID) -> FilePath {
        runDirectory(of: container).appending("rootfs")
    }

    /// The root of a container that has been built, from its record; `nil` where that names no layers.
    package func rootFilesystem(of record: ContainerRecord) throws -> RootFilesystem? {
        let id = ContainerID(record)
        let layers = record.layers.map { host.images.store.layers.directory.appending($0) }.filter(Files.exists)
        guard !layers.isEmpty else { return nil }
        return try rootFilesystem(of: id, upon: layers, for: ContainerOrigin.identity(in: stateDirectory(of: id)))
    }

    /// The root of a container upon these layers, the uppermost first.
    ///
    /// - Parameters:
    ///   - identity: whose files in it are the caller's; copies of the layers are made for it.
    ///   - begins: called before the first copy is made.
    package func rootFilesystem(
        of id: ContainerID, upon layers: [FilePath], for identity: KeptIdentity?, begins: () -> Void = {}
    ) throws -> RootFilesystem {
        let copies = identity.map { ExchangedLayers(of: host.images.store.layers.directory, for: $0) }
        let state = stateDirectory(of: id)
        return RootFilesystem(
            lowers: try copies?.copies(of: layers, begins: begins) ?? layers, upper: state.appending("upper"),
            work: state.appending("work"), target: rootfs(of: id),
            owner: identity.map { ($0.user, $0.group) } ?? (0, 0))
    }

    /// `hosts`, `resolv.conf` and `hostname` of a container, which it may write to: on the disk of its other changes, and
    /// not in the memory that all environments share.
    package func nameFiles(of container: ContainerID) -> FilePath {
        stateDirectory(of: container).appending("names")
    }

    /// Exists while `commit` has paused a container.
    package func pauseMark(of container: ContainerID) -> FilePath {
        layout.pauseMark("\(container)", of: id)
    }

    /// The OCI bundle of a container.
    package func bundle(of container: ContainerID) -> Bundle {
        Bundle(runDirectory(of: container).appending("bundle"))
    }

    /// What `ssh` needs to enter a container.
    package func entryRecord(of container: ContainerID) -> FilePath {
        layout.entryRecord("\(container)", of: id)
    }

    /// How a container is looked after.
    package func careRecord(of container: ContainerID) -> FilePath {
        layout.careRecord("\(container)", of: id)
    }

    /// The id by which the runtime knows a container.
    package func runtimeID(of container: ContainerID) -> String {
        "\(id.text)-\(container)"
    }

    /// The supervisor; started when it is not there, and looked for once only.
    package func supervisor() throws -> SupervisorClient {
        try connection.value(connect)
    }

    /// The supervisor that is there; `nil` when none lives. No process is started.
    package func runningSupervisor() throws -> SupervisorClient? {
        try connection.valueIfAny { try SupervisorClient.connect(runDirectory: runDirectory) }
    }

    private func connect() throws -> SupervisorClient {
        try Files.createDirectory(runDirectory, mode: 0o700)
        try Files.createDirectory(stateDirectory, mode: 0o700)
        return try SupervisorClient.connect(orStarting: try supervisorCommand, runDirectory: runDirectory)
    }

    /// The supervisor, under the guard that starts it again when it is killed.
    private var supervisorCommand: [String] {
        get throws {
            let installation = try Installation()
            return [
                try installation.initProgram().string, "-g", installation.program.string, "supervise",
                runDirectory.string, stateDirectory.string,
            ]
        }
    }

    /// Replaces a supervisor that another release started and that lacks what this one needs; its containers run on.
    /// The caller holds the environment's lock, and has not asked for the supervisor yet.
    func replaceOutdatedSupervisor() throws {
        guard Files.exists(runDirectory) else { return }
        try SupervisorClient.replace(
            bySupervisor: try supervisorCommand, runDirectory: runDirectory, lacking: Feature.current)
    }

    /// Resumes the containers that a killed `commit` left paused. The caller holds the environment's lock.
    func resumePaused() throws {
        guard Files.exists(layout.containersRun(of: id)) else { return }
        for name in try Files.names(in: layout.containersRun(of: id)) {
            guard Files.exists(layout.pauseMark(name, of: id)) else { continue }
            if let record = try records().containers.first(where: { "\(ContainerID($0))" == name }) {
                let driver = try host.driver(named: record.runtime)
                if try driver.state(record.runtimeID)?.status == .paused { try driver.resume(record.runtimeID) }
            }
            try Files.remove(layout.pauseMark(name, of: id))
        }
    }

    /// Has those that follow the containers look at one again, whose pause the supervisor does not see by itself.
    package func announce(_ container: ContainerID) throws {
        guard let supervisor = try runningSupervisor(), supervisor.features.contains(.states) else { return }
        try supervisor.announce("\(container)")
    }

    /// What the supervisor says of the containers, by name, or what the last one left where none lives; nothing where no
    /// container was ever started.
    package func supervisedContainers(_ records: RuntimeRecords) throws -> [String: ContainerStatus] {
        guard !records.containers.isEmpty, Files.exists(runDirectory) else { return [:] }
        let statuses =
            try runningSupervisor()?.status() ?? LeftContainers(runDirectory: runDirectory, logs: logs).statuses()
        return Dictionary(statuses.map { ($0.name, $0) }) { first, _ in first }
    }
}

extension ContainerID {
    package init(_ record: ContainerRecord) {
        self.init(service: record.service, number: record.number)
    }

    package init(_ record: AddressRecord) {
        self.init(service: record.service, number: record.number)
    }

    package init(_ record: PublishedPortRecord) {
        self.init(service: record.service, number: record.number)
    }
}
