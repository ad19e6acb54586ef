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

    var layout: Layout { context.layout }

    /// What is about to end is as good as ended: a command that was killed may have left stops under way, and a process
    /// that was killed is in the list of processes for a moment.
    package func waitForStops(_ workspace: Workspace) throws {
        let statuses = try workspace.supervisedContainers(try workspace.records())
        let supervisor = try workspace.runningSupervisor()
        for (name, status) in statuses {
            var isEnding = status.pid.map(ProcessFacts.isEnding) ?? false
            if !isEnding, status.isStopping != true, status.hasRecordedEnd == true {
                // PID 1 ends at once after its record. What is there later has another's record.
                isEnding = try hasEnded(status, within: 1000)
            }
            guard status.isStopping == true || isEnding else { continue }
            if let supervisor {
                _ = try supervisor.wait(for: name)
            } else if status.isStopping == true {
                // The next supervisor carries the stop of the last one to its end.
                _ = try workspace.supervisor().wait(for: name)
            } else {
                _ = try hasEnded(status, within: 10_000)
            }
        }
    }

    /// Waits for the end of a container's process.
    private func hasEnded(_ status: ContainerStatus, within milliseconds: Int32) throws -> Bool {
        // Its descriptor tells of its end; one that is gone already has none.
        guard let pid = status.pid, let process = try? ProcessDescriptor(pid: pid) else { return true }
        return try process.waitForEnd(milliseconds: milliseconds)
    }

    /// Refuses an environment that another directory brought up under the same name, given by hand.
    ///
    /// - Throws: `EngineError.otherDirectory`, unless `options` adopt it or nothing is left of it.
    package func checkDirectory(_ project: Project, _ options: UpOptions, _ workspace: Workspace) throws {
        guard !options.adopts, let record = try workspace.host.durable.environment(id: workspace.id),
            FilePath(record.directory).isElsewhere(than: FilePath(project.environment.directory)),
            !record.isMoved(to: FilePath(project.environment.directory))
        else { return }
        let containers = try workspace.records().containers.map { "\(ContainerID($0))" }
        let volumes = try workspace.host.durable.volumes(environmentID: workspace.id).map { "\($0.name)" }
        guard !containers.isEmpty || !volumes.isEmpty else { return }
        let parts = [
            containers.isEmpty ? nil : "the containers \(containers.joined(separator: ", "))",
            volumes.isEmpty ? nil : "the volumes \(volumes.joined(separator: ", "))",
        ].compactMap(\.self)
        throw EngineError(
            .otherDirectory,
            "The environment \(workspace.id) belongs to `\(record.directory)` and has \(parts.joined(separator: " and ")). "
                + "Use another name, take it down with `trice -p \(workspace.id) down`, or make it this directory's with "
                + "`--adopt`.")
    }

    /// Plans what `up` does: images first, then all else.
    ///
    /// - Parameter due: the builds that have to be done, by the reference of their image; `nil` when the images are as
    ///   they should be.
    /// - Parameter offersBaked: whether baked images that only a registry has are brought.
    package func plan(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace,
        due: [String: DueBuild]?, offersBaked: Bool = false
    ) throws -> Plan {
        let environment = project.environment
        try project.checkSupport()
        try project.checkServices()
        var observed = try Observer(workspace: workspace).observe(
            environment.workloads.map(\.image), of: images, volumes: environment.volumes, looksAtFirewall: true)
        observed.shorten(options.stopTimeout)
        try observed.addProvisioning(of: project, options, workspace, offersBaked: offersBaked)
        if let due {
            observed.dueBuilds = due
            observed.imageSources = try images.observe(environment.services.withSteps)
        }
        try observed.addSeeds(of: project, options, images, workspace)
        return try options.reconciler(for: project).plan(desired: environment, observed: observed)
    }

    /// Carries out a plan of `up`.
    ///
    /// - Parameter build: does the builds of the plan.
    /// - Returns: the plan as it was carried out.
    package func bringUp(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace, _ plan: Plan,
        _ sink: any EventSink, build: (Plan) async throws -> Void
    ) async throws -> Plan {
        var plan = plan
        try workspace.host.durable.saveIfMoved(project)
        guard !plan.isEmpty else {
            note(plan, sink)
            return plan
        }
        let preflight = Preflight(workspace: workspace, environment: project.environment, images: images)
        try preflight.check(plan)
        try checkConsent(plan, project, options)
        if let remark = try preflight.missingWayOut(plan) { sink.note(remark, isWarning: true) }
        if let message = try preflight.shortfalls(plan) {
            if options.isStrict { throw EngineError(.unsupportedHost, "What services ask for is \(message).") }
            sink.note(message, isWarning: true)
        }
        let executor = try executor(
            workspace, images, sink, waiting: options.waitTimeout, oneOff: options.oneOff)
        if !plan.imageOperations.isEmpty {
            try await PlanExecutor(plan: plan, sink: sink).run(where: { $0.operation.isBrought }) {
                try executor.perform($0, $1)
            }
            try await build(plan)
            try await bringBaked(project, options, images, workspace, plan, executor, sink)
            // What the images are is known only now.
            let rest = try self.plan(project, options, images, workspace, due: nil)
            plan = plan.continued(by: rest)
            try preflight.check(plan)
            try checkConsent(plan, project, options)
        }
        note(plan, sink)
        guard plan.operations.count > plan.imageOperations.count else { return plan }
        try workspace.host.durable.saveIfNew(project)
        do {
            try await execute(plan, executor, sink)
        } catch {
            // The failure that is thrown says more.
            try? distrustSeeds(of: plan, workspace, sink)
            throw error
        }
        return plan
    }

    /// Takes down all that there is of the environment.
    ///
    /// - Throws: `EngineError.planFailed` while other environments use its networks; nothing is changed then.
    package func takeDown(_ options: DownOptions, _ workspace: Workspace, _ sink: any EventSink) async throws {
        try workspace.checkIsUnused()
        let plan = try planDown(options, workspace)
        note(plan, sink)
        if !plan.isEmpty {
            try await execute(plan, try executor(workspace, nil, sink), sink)
        }
        try removeRemains(workspace, options, sink)
    }

    /// The plan of `down`, from the records and the kernel. Nothing is changed.
    package func planDown(_ options: DownOptions, _ workspace: Workspace) throws -> Plan {
        var observed = try Observer(workspace: workspace).observe()
        observed.shorten(options.timeout)
        return try options.reconciler.plan(desired: nil, observed: observed)
    }

    private func note(_ plan: Plan, _ sink: any EventSink) {
        for note in plan.notes { sink.note(note, isWarning: false) }
    }

    /// Carries out what a plan has to do when its images are there.
    func execute(_ plan: Plan, _ executor: EnvironmentExecutor, _ sink: any EventSink) async throws {
        var run = PlanExecutor(plan: plan, sink: sink)
        run.done = Set(plan.imageOperations.map(\.id))
        try await run.run { try executor.perform($0, $1) }
    }

    func executor(
        _ workspace: Workspace, _ images: ProjectImages?, _ sink: any EventSink, waiting timeout: Duration? = nil,
        oneOff: OneOffStart? = nil
    ) throws -> EnvironmentExecutor {
        let ports = PortPublication(workspace: workspace, sink: sink)
        let networks = NetworkOperations(workspace: workspace)
        let names = NameTable(workspace: workspace)
        return EnvironmentExecutor(
            workspace: workspace,
            containers: ContainerOperations(
                workspace: workspace, runtime: try workspace.host.chosenRuntime(), network: networks, ports: ports,
                names: names, waitDeadline: timeout.map { .now + $0 }, oneOff: oneOff),
            networks: networks, ports: ports, firewall: workspace.firewall(sink), names: names, images: images,
            request: context.request)
    }

    /// After the last container: the supervisor and the environment's own directories.
    private func removeRemains(_ workspace: Workspace, _ options: DownOptions, _ sink: any EventSink) throws {
        let lock = try SupervisorClient.end(runDirectory: workspace.runDirectory)
        // Of a `down` that was killed when the networks were gone already.
        if try workspace.records().networks.isEmpty, workspace.packetFilter.hasRules(of: workspace.id.text) {
            try workspace.firewall(sink).sync()
        }
        try CgroupParents(workspace: workspace).remove()
        for place in [layout.mountedVolumes(of: workspace.id), layout.volumes(of: workspace.id)] {
            try RootFilesystem.unmount(place)
        }
        try workspace.host.unmountShared(of: workspace.id)
        try Files.removeTree(workspace.runDirectory)
        _ = consume lock
        try HostNameBlock(workspace: workspace).remove()
        try SSHAccess(workspace).end()
        try workspace.host.durable.deleteProvisionedSteps(environmentID: workspace.id)
        try Files.removeTree(workspace.stateDirectory)
        try workspace.host.runtime.deleteEnvironment(id: workspace.id)
        if options.removesVolumes {
            try Files.removeTree(layout.volumes(of: workspace.id))
            // The record leads to the snapshots, also when the directory has moved or is gone.
            if try workspace.host.durable.snapshots(environmentID: workspace.id).isEmpty {
                try workspace.host.durable.deleteEnvironment(id: workspace.id)
            }
        }
    }
}

extension FilePath {
    /// Whether the two paths lead to different directories.
    fileprivate func isElsewhere(than other: FilePath) -> Bool {
        self != other && (resolved() ?? self) != (other.resolved() ?? other)
    }
}

extension DurableStore {
    func saveIfNew(_ project: Project) throws {
        if try environment(id: project.id) == nil { try save(EnvironmentRecord(of: project)) }
    }

    /// A durable write costs a sync of the disk, so one that changes nothing is left out.
    fileprivate func saveIfMoved(_ project: Project) throws {
        let record = EnvironmentRecord(of: project)
        if let known = try environment(id: project.id), !known.hasSameDirectory(as: record) { try save(record) }
    }
}

extension EnvironmentRecord {
    fileprivate init(of project: Project) {
        let directory = project.environment.directory
        self.init(
            id: project.id, name: project.environment.name, directory: directory,
            directoryIdentity: Files.identity(FilePath(directory)), createdAt: WallClock.nanoseconds)
    }

    fileprivate func hasSameDirectory(as other: EnvironmentRecord) -> Bool {
        directory == other.directory && directoryIdentity == other.directoryIdentity
    }
}
