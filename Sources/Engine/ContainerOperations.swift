internal import Containers
internal import Envfile
internal import FoundationEssentials
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage

/// The life of containers: create, start, stop, remove.
struct ContainerOperations: Sendable {
    let workspace: Workspace
    let runtime: RuntimeFacts
    let network: NetworkOperations
    let ports: PortPublication
    /// The same for every container of one execution.
    private let seccomp = Once<ContainerConfiguration.Seccomp>()

    private var store: RuntimeStore { workspace.host.runtime }

    // MARK: - Creating

    /// Claims what the container needs of the host, so that names, addresses and ports are settled before anything
    /// starts; its objects are made when it starts.
    func create(_ service: Service, _ id: ContainerID, from image: Image) throws {
        let fingerprint = try JSONEncoder().encode(ServiceFingerprint(of: service))
        let (seconds, attoseconds) = service.stopGracePeriod.components
        var record = ContainerRecord(
            environmentID: workspace.id.text, service: service.name, number: id.number,
            runtimeID: workspace.runtimeID(of: id), runtime: runtime.path.string, imageID: "\(image.id)",
            layers: image.layerDirectories.compactMap { $0.lastComponent?.string },
            fingerprint: String(decoding: fingerprint, as: UTF8.self),
            dependencies: service.dependencies.map(\.service),
            stopGracePeriod: seconds * 1_000_000_000 + attoseconds / 1_000_000_000, createdAt: WallClock.nanoseconds)
        try store.insert(record)
        do {
            for attachment in service.networks {
                let address = try store.claimAddress(
                    environmentID: workspace.id.text, network: attachment.network, service: service.name,
                    number: id.number, priority: attachment.priority, gatewayPriority: attachment.gatewayPriority)
                if address == nil {
                    throw EngineError(.unsupportedHost, "Network \(attachment.network) has no free address left.")
                }
            }
            try ports.claim(service, id)
            record.state = .created
            try store.update(record)
        } catch {
            // What failed half-way is undone at once; the failure that is thrown says more than that of the undoing.
            try? remove(id)
            throw error
        }
    }

    private func build(
        _ service: Service, _ id: ContainerID, _ image: Image, _ records: RuntimeRecords
    ) throws -> RuntimeSpecification {
        let assembly = ContainerAssembly(workspace: workspace, service: service, image: image, id: id)
        let directory = workspace.runDirectory(of: id)
        let state = workspace.stateDirectory(of: id)
        // Private to root: below it the upper directory has set-uid programs of the image.
        try Files.createDirectory(directory, mode: 0o700)
        try Files.createDirectory(state, mode: 0o700)
        try RootFilesystem(
            lowers: image.layerDirectories, upper: state.appending("upper"), work: state.appending("work"),
            target: workspace.rootfs(of: id)
        ).mount()
        let mounts = try MountSources(workspace: workspace, service: service, id: id).resolve()
        try Files.write((service.hostname + "\n").utf8, to: directory.appending("hostname"))
        try Files.write(try ResolverConfiguration.ofHost().text.utf8, to: directory.appending("resolv.conf"))
        let aliases = service.networks.flatMap(\.aliases)
        try NameTable.write(
            [service.hostname] + Set([service.name, "\(id)"] + aliases).subtracting([service.hostname]).sorted(),
            for: id, in: workspace)
        let namespace = try network.connect(id, records)
        let configuration = try assembly.configuration(
            networkNamespace: namespace, mounts: mounts,
            seccomp: try seccomp.value {
                try ContainerAssembly.seccomp(for: runtime, cache: workspace.layout.cache, workspace.host.facts)
            })
        let specification = try configuration.specification(on: workspace.host.facts)
        let entry = try EntryRecord(
            specification, id: workspace.runtimeID(of: id), runtime: workspace.host.driver(for: runtime))
        try Files.write(entry.encoded, to: workspace.entryRecord(of: id), mode: 0o600)
        // The last: where it is, all is.
        try workspace.bundle(of: id).write(specification)
        return specification
    }

    // MARK: - Starting

    /// Starts a container: one that was never built is built first, one that has ended gets a new network.
    ///
    /// - Parameters:
    ///   - service: what to build it from, with its image; asked for only where it has not been built.
    ///   - whenReady: called before the container's program runs, when all else is in place.
    func start(_ id: ContainerID, _ service: Service, _ image: () throws -> Image, whenReady: () throws -> Void) throws
    {
        let records = try workspace.records()
        guard let record = records.containers.first(where: { ContainerID($0) == id }) else {
            throw EngineError(.planFailed, "Container \(id) has no record.")
        }
        let driver = try driver(of: record)
        let bundle = workspace.bundle(of: id)
        let specification: RuntimeSpecification
        if Files.exists(bundle.configuration) {
            try driver.delete(record.runtimeID, force: true)
            specification = try reconnect(record, bundle, records)
        } else {
            do {
                specification = try build(service, id, image(), records)
            } catch {
                // What failed half-way is undone at once; the failure that is thrown says more than that of the undoing.
                try? removeObjects(id, record)
                throw error
            }
        }
        try ports.open([id], records)
        try whenReady()
        try NameTable(workspace: workspace).refresh([id], records)
        let usesInit = specification.process?.args?.first == ContainerConfiguration.initTarget
        let hasTerminal = specification.process?.terminal == true
        let directory = workspace.runDirectory(of: id)
        let log = directory.appending("runtime.log")
        let console = hasTerminal ? directory.appending("console.sock") : nil
        let pidFile = directory.appending("pid")
        var command = driver.runCommand(
            record.runtimeID, bundle: bundle.directory, pidFile: pidFile,
            preservedDescriptors: usesInit ? (hasTerminal ? 2 : 1) : 0, consoleSocket: console)
        command.arguments = ["--log", log.string] + command.arguments
        _ = try workspace.supervisor().start(
            StartRequest(
                name: "\(id)", command: [command.program] + command.arguments, pidFile: pidFile.string,
                usesInit: usesInit, exitRecord: usesInit,
                keeper: usesInit ? nil : try Installation().initProgram().string, runtimeLog: log.string,
                consoleSocket: console?.string))
    }

    /// A container that ended took its network along: it gets a new namespace at the same address.
    private func reconnect(
        _ record: ContainerRecord, _ bundle: Bundle, _ records: RuntimeRecords
    ) throws -> RuntimeSpecification {
        let id = ContainerID(record)
        // It is there, unless a commit was interrupted that had just taken the upper directory.
        try workspace.rootFilesystem(of: record)?.mount()
        guard var specification = try bundle.read() else {
            throw EngineError(.planFailed, "The bundle of container \(id) is gone; recreate it with --force-recreate.")
        }
        let namespace = try network.connect(id, records)
        for index in specification.linux?.namespaces?.indices ?? 0..<0
        where specification.linux?.namespaces?[index].type == .network {
            specification.linux?.namespaces?[index].path = namespace.string
        }
        try bundle.write(specification)
        return specification
    }

    /// The driver of the runtime that the container was made with.
    private func driver(of record: ContainerRecord) throws -> any OCIRuntime {
        if record.runtime == runtime.path.string { return workspace.host.driver(for: runtime) }
        return try workspace.host.driver(named: record.runtime)
    }

    /// Waits until a container has come to what others expect of it.
    func wait(for id: ContainerID, _ condition: Dependency.Condition) throws {
        // Health checks are not there yet: the loader says so, and started is as good as it gets.
        guard condition == .completedSuccessfully else { return }
        let status = try workspace.supervisor().wait(for: "\(id)")
        guard status.code != 0 else { return }
        throw EngineError(
            .dependencyFailed,
            "\(id.service) ended with \(status.code.map { "code \($0)" } ?? "an unknown code"), but others start only "
                + "after it has succeeded. See: trice logs \(id.service)")
    }

    // MARK: - Stopping and removing

    func stop(_ id: ContainerID, gracePeriod: Duration) throws {
        let (seconds, attoseconds) = gracePeriod.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        let signal = try stopSignal(of: id)
        let statuses = try workspace.supervisor().stop([
            StopOrder(name: "\(id)", signal: signal, graceMilliseconds: milliseconds)
        ])
        guard var record = try workspace.records().containers.first(where: { ContainerID($0) == id }) else { return }
        record.exitCode = statuses.first?.code
        try store.update(record)
    }

    private func stopSignal(of id: ContainerID) throws -> Int32 {
        let text = try workspace.bundle(of: id).read()?.annotations?["org.opencontainers.image.stopSignal"]
        return text.flatMap { Int32($0) } ?? SIGTERM
    }

    /// Removes all that belongs to a container, whatever of it there is.
    func remove(_ id: ContainerID) throws {
        let record = try workspace.records().containers.first { ContainerID($0) == id }
        if var record, record.state != .creating {
            // Whoever finds it half removed must not take it for whole.
            record.state = .creating
            try store.update(record)
        }
        try removeObjects(id, record)
        try store.deleteContainer(environmentID: workspace.id.text, service: id.service, number: id.number)
    }

    /// Removes processes, mounts, namespace, files and logs of a container; goes on after a failure.
    private func removeObjects(_ id: ContainerID, _ record: ContainerRecord?) throws {
        var failures: [any Error] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { failures.append(error) }
        }
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
        attempt { try Files.removeTree(workspace.runDirectory(of: id)) }
        attempt { try Files.removeTree(workspace.stateDirectory(of: id)) }
        guard failures.isEmpty else {
            let messages = failures.map { ErrorReport(of: $0).message }
            throw EngineError(.planFailed, messages.joined(separator: "; "), causes: failures)
        }
    }
}

enum WallClock {
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
