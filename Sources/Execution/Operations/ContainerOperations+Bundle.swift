internal import Containers
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

/// The bundle of a container: what the runtime is pointed at.
extension ContainerOperations {
    /// Makes the objects of a container: its root, its mounts, its network and its bundle.
    func build(
        _ container: DesiredContainer, _ image: Image, _ records: RuntimeRecords
    ) throws -> RuntimeSpecification {
        let id = container.id
        let directory = workspace.runDirectory(of: id)
        let state = workspace.stateDirectory(of: id)
        try Files.createDirectory(directory, mode: 0o700)
        try Files.createDirectory(state, mode: 0o700)
        let record = try record(of: id, in: records)
        let root = ContainerRoot(workspace: workspace, container: container, sink: sink)
        let (user, identity) = try root.mount(record, image)
        let mounts = try MountSources(
            workspace: workspace, container: container, imageVolumes: image.configuration.config.volumes,
            user: (user.uid, user.gid), identity: identity, sink: sink
        ).resolve()
        try MountedSources(workspace: workspace, id: id).record(container.mounts)
        try Files.createDirectory(workspace.nameFiles(of: id), mode: 0o700)
        try Files.write((container.hostname + "\n").utf8, to: workspace.nameFiles(of: id).appending("hostname"))
        // A start that failed removed what the creation wrote.
        try names.write(container, exposed: image.configuration.config.exposedPorts)
        try names.writeResolverFile(of: container)
        // Before the supervisor gets the namespace, in which it opens the resolver as the container needs it.
        try names.writeIfMissing(id)
        let namespace = try connect(container, records)
        var container = container
        // Those of other services too.
        let ports = container.process.namedServices.isEmpty ? [] : try workspace.records().publishedPorts
        container.process.environment = container.process.environment { service, target, transport in
            ports.first {
                $0.service == service && $0.target == target && $0.transportProtocol == transport
            }?.hostPort
        }
        let runtime = try runtime(of: record)
        let assembly = ContainerAssembly(
            container: container, image: image.configuration.config,
            host: try hostSide(of: container, mounts, namespace, runtime, identity))
        let configuration = try assembly.configuration { name, groups in
            try UserResolver(rootfs: workspace.rootfs(of: id)).resolve(name, additional: groups)
        }
        let specification = try configuration.specification(on: workspace.host.facts)
        try care(for: container, image.configuration.config, configuration, runtime, records)
            .write(of: id, in: workspace)
        let entry = try EntryRecord(
            specification, id: workspace.runtimeID(of: id), runtime: workspace.host.driver(for: runtime))
        try Files.write(entry.encoded, to: workspace.entryRecord(of: id), mode: 0o600)
        // The last: where it is, all is.
        try workspace.bundle(of: id).write(specification)
        return specification
    }

    /// What the host has for the container, found or made.
    private func hostSide(
        of container: DesiredContainer, _ mounts: [ContainerMount], _ network: ContainerConfiguration.Namespace,
        _ runtime: RuntimeFacts, _ identity: KeptIdentity?
    ) throws -> ContainerAssembly.HostSide {
        let preparation = HostPreparation(workspace: workspace, container: container, identity: identity)
        if let parent = container.limits.cgroupParent { try CgroupParents(workspace: workspace).note(parent) }
        let deviceEdits = try preparation.deviceEdits()
        return ContainerAssembly.HostSide(
            rootfs: workspace.rootfs(of: container.id), nameFiles: try workspace.nameFiles(of: container),
            mounts: mounts + (try preparation.files()), network: network, cgroupPath: preparation.cgroupPath,
            seccomp: try seccomp.filter(of: container.security, for: runtime, on: workspace.host),
            initProgram: try Installation().initProgram(), maps: try identity?.namespaceMaps(),
            joinedNamespaces: try preparation.joinedNamespaces(),
            sharedMemory: try preparation.sharedMemory(), devices: try preparation.devices(and: deviceEdits.nodes),
            deviceEdits: deviceEdits, blockNumbers: try preparation.blockNumbers(),
            limits: abilities.limits(for: runtime, workspace.host.facts),
            facts: abilities.security(workspace.host.facts))
    }

    /// A container that ended starts again as it was: in the network namespace that the supervisor holds, and in a new
    /// one at the same address where that went with its supervisor or lost its network.
    func restore(
        _ container: DesiredContainer, _ record: ContainerRecord, _ bundle: Bundle, _ records: RuntimeRecords
    ) throws -> RuntimeSpecification {
        let id = ContainerID(record)
        // It is there, unless a commit was interrupted that had just taken the upper directory.
        try workspace.rootFilesystem(of: record)?.mount()
        guard var specification = try bundle.read() else {
            throw EngineError(.planFailed, "The bundle of container \(id) is gone; recreate it with --force-recreate.")
        }
        var paths = try HostPreparation(workspace: workspace, container: container).joinedNamespaces()
        // The network of another one is found by the same path.
        if container.networkSource == nil {
            let status = try workspace.supervisor().status(of: "\(id)")
            if try status?.isNetworkHeld != true || !network.isConnected(id, records) {
                paths[.network] = try network.connect(id, records)
            }
        }
        guard !paths.isEmpty else { return specification }
        for index in specification.linux?.namespaces?.indices ?? 0..<0 {
            guard let kind = specification.linux?.namespaces?[index].type, let path = paths[kind] else { continue }
            specification.linux?.namespaces?[index].path = path.string
        }
        try bundle.write(specification)
        return specification
    }
}
