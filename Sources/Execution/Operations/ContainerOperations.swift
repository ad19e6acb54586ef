internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// The life of containers: create, start, stop, remove.
struct ContainerOperations: Sendable {
    let workspace: Workspace
    let runtime: RuntimeFacts
    let network: NetworkOperations
    let ports: PortPublication
    let names: NameTable
    /// When services that are not ready have failed; `nil` for never.
    var waitDeadline: ContinuousClock.Instant?
    /// The container of `run`; `nil` for none.
    var oneOff: OneOffStart?
    /// Where remarks go.
    var sink: any EventSink { ports.sink }
    let seccomp = SeccompFilters()
    let abilities = HostAbilities()

    var store: RuntimeStore { workspace.host.runtime }

    // MARK: - Creating

    /// Claims what the container needs of the host, so that names, addresses and ports are settled before anything
    /// starts; its objects are made when it starts.
    ///
    /// - Parameters:
    ///   - base: the service's own image where `image` was baked from a container of it.
    ///   - keepsChanges: whether what an earlier container of this name wrote stays, where it lies on the same image.
    func create(
        _ container: DesiredContainer, from image: Image, upon base: Image? = nil, keepsChanges: Bool
    ) throws {
        let id = container.id
        let fingerprint = try JSONCoding.text(ContainerFingerprint(of: container))
        let runtime = try HostPreparation.runtime(of: container, on: workspace.host) ?? runtime
        var record = ContainerRecord(
            environmentID: workspace.id, service: id.service, number: id.number,
            runtimeID: workspace.runtimeID(of: id), runtime: runtime.path.string, imageID: "\(image.id)",
            layers: image.layerDirectories.compactMap { $0.lastComponent?.string },
            fingerprint: fingerprint,
            dependencies: container.dependencies,
            stopGracePeriod: container.stopGracePeriod.nanoseconds, createdAt: WallClock.nanoseconds)
        record.baseImageID = base.map { "\($0.id)" }
        record.layers = try layers(of: record, keepsChanges: keepsChanges)
        try store.insert(record)
        do {
            let networks = try store.networks(environmentID: workspace.id)
            for attachment in container.attachments {
                try claimAddress(attachment, container, networks)
            }
            try ports.claim(container)
            // Private to root: below it the upper directory has set-uid programs of the image.
            try Files.createDirectory(workspace.runDirectory(of: id), mode: 0o700)
            try names.write(container, exposed: image.configuration.config.exposedPorts)
            if base != nil { try BakedLabel(of: image)?.record(in: id, workspace) }
            record.state = .created
            try store.update(record)
        } catch {
            // What failed half-way is undone at once; the failure that is thrown says more than that of the undoing.
            try? remove(id, keepsVolumes: true)
            throw error
        }
    }

    /// The layers of a container that is made: with what commits took of an earlier one whose changes it goes on with. The
    /// changes of one on another image are removed, because they fit nothing else.
    private func layers(of record: ContainerRecord, keepsChanges: Bool) throws -> [String] {
        let state = workspace.stateDirectory(of: ContainerID(record))
        let upper = state.appending("upper")
        let layers = workspace.host.images.store.layers.directory
        let id = ContainerID(record)
        guard Files.exists(upper) else {
            try workspace.host.durable.deleteProvisionedSteps(environmentID: workspace.id, container: id)
            return record.layers
        }
        if keepsChanges, let origin = try ContainerOrigin.read(in: state), origin.imageID == record.imageID,
            origin.layers.allSatisfy({ Files.exists(layers.appending($0)) })
        {
            return origin.layers
        }
        try workspace.host.durable.deleteProvisionedSteps(environmentID: workspace.id, container: id)
        try RootFilesystem.unmount(workspace.rootfs(of: id))
        for directory in ["upper", "work"] { try Files.removeTree(state.appending(directory)) }
        return record.layers
    }

    // MARK: - Starting

    /// Starts a container: one that was never built is built first, one that has ended gets a new network.
    ///
    /// - Parameters:
    ///   - image: what to build it from; asked for only where it has not been built.
    func start(_ container: DesiredContainer, _ image: () throws -> Image) throws {
        let id = container.id
        let records = try workspace.records(of: id)
        let record = try record(of: id, in: records)
        let driver = try driver(of: record)
        let bundle = workspace.bundle(of: id)
        let specification: RuntimeSpecification
        if Files.exists(bundle.configuration) {
            if try isStartedAgain(id) { return }
            try driver.delete(record.runtimeID, force: true)
            let user = try bundle.read()?.process?.user
            try MountSources(
                workspace: workspace, container: container, user: (user?.uid ?? 0, user?.gid ?? 0),
                identity: try ContainerOrigin.identity(in: workspace.stateDirectory(of: id)), sink: sink
            ).checkBinds()
            try MountedSources(workspace: workspace, id: id).record(container.mounts)
            specification = try restore(container, record, bundle, records)
        } else {
            do {
                specification = try build(container, image(), records)
            } catch {
                // What failed half-way is undone at once; the failure that is thrown says more than that of the undoing.
                try? removeObjects(id, record, keepsVolumes: true)
                throw error
            }
        }
        try ports.open(container, records)
        let usesInit = specification.process?.args?.first == ContainerConfiguration.initTarget
        let hasTerminal = specification.process?.terminal == true
        let directory = workspace.runDirectory(of: id)
        let log = directory.appending("runtime.log")
        let console = hasTerminal ? directory.appending("console.sock") : nil
        let pidFile = directory.appending("pid")
        let command = driver.runCommand(
            record.runtimeID, bundle: bundle.directory, pidFile: pidFile, log: log,
            preservedDescriptors: usesInit ? (hasTerminal ? 2 : 1) : 0, consoleSocket: console)
        let care = try ContainerCare.read(of: id, in: workspace)
        var request = StartRequest(
            name: "\(id)", command: [command.program] + command.arguments, pidFile: pidFile.string,
            usesInit: usesInit, exitRecord: usesInit,
            keeper: usesInit ? nil : try Installation().initProgram().string, runtimeLog: log.string,
            consoleSocket: console?.string,
            keepsInputOpen: container.process.keepsInputOpen && !hasTerminal ? true : nil, care: care?.care)
        let run = oneOff.flatMap { $0.service == id.service ? $0 : nil }
        if let run, run.isRemoved { request.removal = try removal(of: id, run) }
        let streams = run?.streams
        let process = try streams.map { try start(request, with: $0) } ?? workspace.supervisor().start(request)
        do {
            // In the foreground the user sees by the exit code that there is no such program.
            if usesInit, streams == nil { try ProgramStart(workspace: workspace, id: id, process: process).confirm() }
            try ContainerHooks(workspace: workspace, id: id, name: "post_start").run(care?.postStart ?? [])
        } catch  where streams != nil && !workspace.layout.isRunning(id, workspace.id) {
            // A command that has ended already is followed as well.
            return
        } catch {
            // It is not started again; the failure that is thrown says more than that of the stop.
            _ = try? workspace.supervisor().stop([stopOrder(of: id, gracePeriod: container.stopGracePeriod)])
            throw error
        }
    }

    /// Whether the supervisor has started it by itself since it was seen to have ended, or is about to: when another one
    /// has taken over in between.
    private func isStartedAgain(_ id: ContainerID) throws -> Bool {
        guard let status = try workspace.supervisor().status(of: "\(id)") else { return false }
        return status.state != .exited || status.isRestarting
    }

    func record(of id: ContainerID, in records: RuntimeRecords) throws -> ContainerRecord {
        guard let record = records.containers.first(where: { ContainerID($0) == id }) else {
            throw EngineError(.planFailed, "Container \(id) has no record.")
        }
        return record
    }

    /// The driver of the runtime that the container was made with.
    func driver(of record: ContainerRecord) throws -> any OCIRuntime {
        workspace.host.driver(for: try runtime(of: record))
    }

    func runtime(of record: ContainerRecord) throws -> RuntimeFacts {
        if record.runtime == runtime.path.string { return runtime }
        return try workspace.host.facts(named: record.runtime)
    }

    // MARK: - Stopping and removing

    func stop(_ id: ContainerID, gracePeriod: Duration) throws {
        try thaw(id)
        try runStopHooks(of: id)
        let order = try stopOrder(of: id, gracePeriod: gracePeriod)
        let statuses = try workspace.supervisor().stop([order])
        noteIgnoredSignal(order, statuses.first, of: id, gracePeriod)
        guard var record = try workspace.record(of: id) else { return }
        record.exitCode = statuses.first?.code
        try store.update(record)
    }

    /// Removes all that belongs to a container, whatever of it there is.
    ///
    /// - Parameter keepsVolumes: leaves its volumes without a name to the container that takes its place.
    func remove(_ id: ContainerID, keepsVolumes: Bool = false) throws {
        let record = try workspace.record(of: id)
        if var record, record.state != .creating {
            // Whoever finds it half removed must not take it for whole.
            record.state = .creating
            try store.update(record)
        }
        try removeObjects(id, record, keepsVolumes: keepsVolumes)
        try store.deleteContainer(environmentID: workspace.id, service: id.service, number: id.number)
    }

    /// Removes processes, mounts, namespace, files and logs of a container; goes on after a failure.
    private func removeObjects(_ id: ContainerID, _ record: ContainerRecord?, keepsVolumes: Bool) throws {
        var failures: [any Error] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { failures.append(error) }
        }
        attempt { try thaw(id) }
        attempt {
            _ = try workspace.supervisor().stop([StopOrder(name: "\(id)", signal: SIGKILL, graceMilliseconds: 0)])
        }
        if let record {
            attempt {
                _ = try driver(of: record).delete(record.runtimeID, force: true)
            }
        }
        attempt { try workspace.supervisor().forget("\(id)", removesLogs: true) }
        attempt { try RootFilesystem.unmount(workspace.rootfs(of: id)) }
        for place in [
            MountSources.pins(of: id, in: workspace), HostPreparation.sharedMemory(of: id, in: workspace),
            HostPreparation.files(of: id, in: workspace), MountSources.anonymousVolumes(of: id, in: workspace),
        ] {
            attempt { try RootFilesystem.unmount(place) }
        }
        attempt { try Files.removeTree(workspace.runDirectory(of: id)) }
        // What ran in it goes with what it wrote.
        attempt { try workspace.host.durable.deleteProvisionedSteps(environmentID: workspace.id, container: id) }
        let state = workspace.stateDirectory(of: id)
        let volumes = MountSources.anonymousVolumes(of: id, in: workspace)
        if keepsVolumes, Files.exists(volumes) {
            for name in ["upper", "work"] { attempt { try Files.removeTree(state.appending(name)) } }
        } else {
            attempt { try Files.removeTree(state) }
        }
        guard failures.isEmpty else {
            let messages = failures.map { ErrorReport(of: $0).message }
            throw EngineError(.planFailed, messages.joined(separator: "; "), causes: failures)
        }
    }
}
