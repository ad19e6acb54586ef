internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage

/// `up`, `down` and `plan`: one path, with different wishes.
extension Engine {
    public func plan(_ project: Project, _ options: UpOptions) async throws -> PlanReport {
        let workspace = Workspace(id: project.id, host: try host())
        let images = try ProjectImages(project, host: workspace.host)
        let due = try await dueBuilds(project, options, images)
        var plan = try plan(project, options, images, workspace, due: due.reasons)
        plan.notes += due.notes
        // What the registry will answer is not known; that it will be asked is.
        for pull in try pulls(project, options, images).operations {
            plan.notes.append("\(pull.operation.resource): `up` will ask the registry (\(pull.cause))")
        }
        return PlanReport(plan: plan)
    }

    public func planDown(_ identity: EnvironmentTarget, _ options: DownOptions) throws -> PlanReport {
        let workspace = Workspace(id: identity.id, host: try host())
        return PlanReport(plan: try planDown(options, workspace))
    }

    /// Brings the environment to what the project says and tells how it is then.
    ///
    /// - Throws: `EngineError.planFailed` with every operation that failed; what succeeded stays, and the next `up`
    ///   goes on from there.
    public func up(_ project: Project, _ options: UpOptions, sink: any EventSink) async throws -> StatusReport {
        let workspace = Workspace(id: project.id, host: try host())
        let lock = try lock(workspace, sink)
        try waitForStops(workspace)
        try BuildLeftovers(host: workspace.host).remove()
        let images = try ProjectImages(project, host: workspace.host)
        let projectLock = ProjectLock(project: project, images: images)
        let protection = try workspace.host.images.store.protect()
        if options.isFrozen { try projectLock.checkFrozen(project.environment.services) }
        try await pull(try pulls(project, options, images), images, sink)
        let bases = try await build(project, options, images, sink)
        let plan = try plan(project, options, images, workspace)
        for note in plan.notes { sink.note(note, isWarning: false) }
        if !plan.isEmpty {
            try Preflight(workspace: workspace, environment: project.environment).check(plan)
            try workspace.host.durable.saveIfNew(project)
            try await execute(plan, workspace, for: project.environment, images, sink)
        }
        let own = project.environment.services.filter { $0.build == nil }.map(\.image)
        try projectLock.update(own + bases, sink: sink)
        let report = try status(EnvironmentTarget(id: project.id, project: project), workspace)
        _ = consume protection
        _ = consume lock
        return report
    }

    public func down(_ identity: EnvironmentTarget, _ options: DownOptions, sink: any EventSink) async throws {
        let workspace = Workspace(id: identity.id, host: try host())
        let lock = try lock(workspace, sink)
        try BuildLeftovers(host: workspace.host).remove()
        let plan = try planDown(options, workspace)
        for note in plan.notes { sink.note(note, isWarning: false) }
        if !plan.isEmpty {
            try await execute(plan, workspace, for: nil, nil, sink)
        }
        try removeRemains(workspace, options)
        if let removal = options.removedImages {
            guard let project = identity.project else {
                throw EngineError(
                    .invalidProject,
                    "It is down, and no image was removed: only the Envfile tells them, and it cannot be read. Mend it "
                        + "and say `trice down --rmi \(removal.rawValue)` again.")
            }
            try removeImages(of: project, removal, workspace.host, sink)
        }
        _ = consume lock
    }

    /// A command that was killed may have left stops under way: what still runs then is as good as ended.
    private func waitForStops(_ workspace: Workspace) throws {
        let statuses = try workspace.supervisedContainers(try workspace.records())
        for (name, status) in statuses where status.isStopping == true {
            _ = try workspace.supervisor().wait(for: name)
        }
    }

    /// The only command at a time that may change an environment.
    func lock(_ workspace: Workspace, _ sink: any EventSink) throws -> FileLock {
        let path = layout.lock(of: workspace.id)
        if let lock = try FileLock.attempt(path) { return lock }
        sink.note("waiting for another trice to finish with this environment", isWarning: false)
        return try FileLock(waitingFor: path)
    }

    /// What of the images is pulled before anything is planned.
    private func pulls(_ project: Project, _ options: UpOptions, _ images: ProjectImages) throws -> Plan {
        let environment = project.environment
        return try ImagePulls(policy: options.pullPolicy, services: Set(options.services))
            .plan(environment, observed: images.observe(environment.services))
    }

    /// Builds what is missing, and with an Envfile's dialect what has changed.
    ///
    /// - Returns: the references of the images that the builds started from.
    private func build(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ sink: any EventSink
    ) async throws -> [String] {
        let services = try project.servicesToBuild(options, images)
        guard !services.isEmpty else { return [] }
        try project.checkBuilds()
        if options.builds == false {
            throw EngineError(
                .image,
                "The image of \(services.sorted().joined(separator: ", ")) has not been built, and --no-build "
                    + "forbids it. Build it with: trice build \(services.sorted().joined(separator: " "))")
        }
        var bases = BuildBases(host: images.host, images: images, sink: sink)
        bases.isFrozen = options.isFrozen
        var command = BuildCommand()
        command.showsCached = false
        let requests = try buildRequests(project, services: services)
        for report in try await build(requests, command, bases, sink) {
            for step in report.steps {
                guard let reason = step.reason else { continue }
                sink.note("built \(report.name) anew: \(step.step): \(reason)", isWarning: false)
                break
            }
        }
        return bases.used.all
    }

    private func plan(
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

    private func planDown(_ options: DownOptions, _ workspace: Workspace) throws -> Plan {
        var observed = try Observer(workspace: workspace).observe()
        if let timeout = options.timeout {
            for index in observed.containers.indices { observed.containers[index].stopGracePeriod = timeout }
        }
        return try options.reconciler.plan(desired: nil, observed: observed)
    }

    private func execute(
        _ plan: Plan, _ workspace: Workspace, for environment: Environment?, _ images: ProjectImages?,
        _ sink: any EventSink
    ) async throws {
        let ports = PortPublication(workspace: workspace, sink: sink)
        let firewall = workspace.firewall(sink)
        let networks = NetworkOperations(workspace: workspace, firewall: firewall)
        let executor = EnvironmentExecutor(
            workspace: workspace,
            containers: ContainerOperations(
                workspace: workspace, runtime: try workspace.host.chosenRuntime(), network: networks, ports: ports),
            networks: networks, ports: ports, firewall: firewall, environment: environment, images: images)
        // It starts while the first operations run; whoever needs it waits for it, and tells why it does not come.
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

extension Project {
    /// The services whose images `up` has to build or to look after.
    func servicesToBuild(_ options: UpOptions, _ images: ProjectImages) throws -> Set<String> {
        var names: Set<String> = []
        for service in environment.services where service.build != nil {
            let isWanted = options.services.isEmpty || isNeeded(service.name, by: options.services)
            guard isWanted, try options.builds == true || mustBuild(service, options, images) else { continue }
            names.insert(service.name)
        }
        return names
    }

    private func mustBuild(_ service: Service, _ options: UpOptions, _ images: ProjectImages) throws -> Bool {
        if try images.lookup(service.image) == nil { return true }
        if options.builds == false { return false }
        return service.lifecycle.pullPolicy == .build || environment.dialect == .trice
    }

    /// Whether a service is among these or among what they depend on.
    private func isNeeded(_ name: String, by names: [String]) -> Bool {
        var open = names
        var seen = Set(names)
        while let next = open.popLast() {
            if next == name { return true }
            let dependencies = environment.services.first { $0.name == next }?.dependencies.map(\.service) ?? []
            open += dependencies.filter { seen.insert($0).inserted }
        }
        return false
    }
}
