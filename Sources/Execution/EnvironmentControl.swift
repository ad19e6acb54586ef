internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
package import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// Plans what an environment needs, carries the plan out, and tells how the environment is.
package struct EnvironmentControl: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    private var layout: Layout { context.layout }

    /// A command that was killed may have left stops under way: what still runs then is as good as ended.
    package func waitForStops(_ workspace: Workspace) throws {
        let statuses = try workspace.supervisedContainers(try workspace.records())
        for (name, status) in statuses where status.isStopping == true {
            _ = try workspace.supervisor().wait(for: name)
        }
    }

    package func plan(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace,
        due: [String: String] = [:]
    ) throws -> Plan {
        let environment = project.environment
        guard project.unsupported.isEmpty else {
            throw EnvfileError(
                code: .unsupported, message: "\(project.file) says what cannot be brought up.",
                diagnostics: project.unsupported)
        }
        var observed = try Observer(workspace: workspace).observe(environment.services.map(\.image), of: images)
        observed.dueImages = due
        return try options.reconciler(for: project).plan(desired: environment, observed: observed)
    }

    /// Plans what brings the environment to what the project says, and does it.
    package func bringUp(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace,
        _ sink: any EventSink
    ) async throws {
        let plan = try plan(project, options, images, workspace)
        for note in plan.notes { sink.note(note, isWarning: false) }
        guard !plan.isEmpty else { return }
        try Preflight(workspace: workspace, environment: project.environment).check(plan)
        try workspace.host.durable.saveIfNew(project)
        try await execute(plan, workspace, images, sink)
    }

    /// Takes down all that there is of the environment.
    package func takeDown(_ options: DownOptions, _ workspace: Workspace, _ sink: any EventSink) async throws {
        let plan = try planDown(options, workspace)
        for note in plan.notes { sink.note(note, isWarning: false) }
        if !plan.isEmpty {
            try await execute(plan, workspace, nil, sink)
        }
        try removeRemains(workspace, options)
    }

    package func planDown(_ options: DownOptions, _ workspace: Workspace) throws -> Plan {
        var observed = try Observer(workspace: workspace).observe()
        if let timeout = options.timeout {
            for index in observed.containers.indices { observed.containers[index].stopGracePeriod = timeout }
        }
        return try options.reconciler.plan(desired: nil, observed: observed)
    }

    private func execute(
        _ plan: Plan, _ workspace: Workspace, _ images: ProjectImages?,
        _ sink: any EventSink
    ) async throws {
        let ports = PortPublication(workspace: workspace, sink: sink)
        let firewall = workspace.firewall(sink)
        let networks = NetworkOperations(workspace: workspace, firewall: firewall)
        let executor = EnvironmentExecutor(
            workspace: workspace,
            containers: ContainerOperations(
                workspace: workspace, runtime: try workspace.host.chosenRuntime(), network: networks, ports: ports),
            networks: networks, ports: ports, firewall: firewall, images: images)
        // It starts while the first operations run; an operation that needs it waits for it, and reports a failure.
        async let supervisor: Void = withTaskExecutorPreference(BlockingExecutor(label: "trice.supervisor")) {
            _ = try? workspace.supervisor()
        }
        try await PlanExecutor(plan: plan, sink: sink).run { planned, reporter in
            try executor.perform(planned, reporter)
        }
        await supervisor
        // Where nothing was started nobody has waited for it yet.
        try firewall.syncIfStale()
        let records = try workspace.records()
        // Containers that were there before learn the names of those that came.
        try NameTable(workspace: workspace).refresh(records.containers.map { ContainerID($0) }, records)
    }

    /// After the last container: the supervisor and the environment's own directories.
    private func removeRemains(_ workspace: Workspace, _ options: DownOptions) throws {
        let lock = try SupervisorClient.end(runDirectory: workspace.runDirectory)
        try Files.removeTree(workspace.runDirectory)
        _ = consume lock
        try Files.removeTree(workspace.stateDirectory)
        try workspace.host.runtime.deleteEnvironment(id: workspace.id.text)
        if options.removesVolumes {
            try Files.removeTree(layout.volumes(of: workspace.id))
            try workspace.host.durable.deleteEnvironment(id: workspace.id.text)
        }
    }
}

extension DurableStore {
    fileprivate func saveIfNew(_ project: Project) throws {
        let id = project.id.text
        // A durable write costs a sync of the disk.
        if try environment(id: id)?.directory == project.environment.directory { return }
        try save(
            EnvironmentRecord(
                id: id, name: project.environment.name, directory: project.environment.directory,
                createdAt: WallClock.nanoseconds))
    }
}
