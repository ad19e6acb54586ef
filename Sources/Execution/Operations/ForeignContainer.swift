internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// A container of any environment of this host, whose network another one shares: `network_mode: container:NAME`.
struct ForeignContainer {
    let workspace: Workspace
    let id: ContainerID

    /// - Parameter name: its `container_name`, else `PROJECT-SERVICE-1`; or the name that the OCI runtime has for it.
    /// - Throws: `EngineError.notRunning` when none of that name runs.
    init(named name: String, on host: Host) throws {
        if let found = try Self.running(named: name, on: host) {
            self = found
            return
        }
        throw EngineError(
            .notRunning,
            "No container `\(name)`, whose network another one is to share, runs. Bring it up first; `network_mode: "
                + "container:NAME` takes the `container_name` of a service of any environment, or `PROJECT-SERVICE-1`.")
    }

    private init(workspace: Workspace, id: ContainerID) {
        self.workspace = workspace
        self.id = id
    }

    /// The container of this name; `nil` when none runs.
    static func running(named name: String, on host: Host) throws -> ForeignContainer? {
        for environment in try host.runtime.environmentIDs() {
            let workspace = Workspace(id: environment, host: host)
            for record in try workspace.records().containers {
                let id = ContainerID(record)
                guard try record.runtimeID == name || ContainerNaming.read(of: id, in: workspace).0.names.first == name,
                    host.layout.isRunning(id, environment)
                else { continue }
                return ForeignContainer(workspace: workspace, id: id)
            }
        }
        return nil
    }

    /// Where its network namespace is found.
    var namespace: FilePath {
        SupervisorClient.namespacePath(of: "\(id)", runDirectory: workspace.runDirectory)
    }
}
