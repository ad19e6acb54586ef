internal import Containers
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID
internal import struct Vocabulary.ServiceName

/// Finds or makes what a container needs of the host besides its mounts and its network.
struct HostPreparation: Sendable {
    let workspace: Workspace
    let container: DesiredContainer
    /// Whose files are the caller's in the container; `nil` for root's.
    var identity: KeptIdentity?

    private var service: String { container.id.service.rawValue }

    /// Memory that the containers of an IPC namespace share, at /dev/shm of each.
    static func sharedMemory(of id: ContainerID, in workspace: Workspace) -> FilePath {
        workspace.runDirectory(of: id).appending("shm")
    }

    // MARK: - Namespaces

    /// The namespaces of other containers that it joins, as they are now.
    ///
    /// - Throws: `dependencyFailed` where a container does not run.
    func joinedNamespaces() throws -> [RuntimeSpecification.Namespace.Kind: FilePath] {
        let wanted = container.namespaces
        let sources: [(RuntimeSpecification.Namespace.Kind, String, DesiredContainer.Namespaces.Source?)] = [
            (.pid, "pid", wanted.pid), (.ipc, "ipc", wanted.ipc), (.uts, "uts", wanted.uts),
        ]
        var found: [RuntimeSpecification.Namespace.Kind: FilePath] = [:]
        for case (let kind, let key, .service(let name)?) in sources {
            let id = Self.first(of: name)
            let status = try workspace.supervisor().status(of: "\(id)")
            guard let pid = status?.pid, status?.state == .running else {
                throw EngineError(
                    .dependencyFailed,
                    "Service `\(service)` joins the container of `\(name)` (`\(key): service:\(name)`), which does not "
                        + "run.")
            }
            found[kind] = FilePath("/proc/\(pid)/ns/\(key)")
        }
        return found
    }

    private static func first(of service: ServiceName) -> ContainerID {
        ContainerID(service: service, number: 1)
    }

    /// What is mounted at /dev/shm; `nil` for memory of the container alone.
    func sharedMemory() throws -> FilePath? {
        switch container.namespaces.ipc {
        case .shareable:
            let place = Self.sharedMemory(of: container.id, in: workspace)
            try Files.createDirectory(place, mode: 0o700)
            if !Mounts.isRoot(place) {
                try Mounts.memory(at: place, mode: 0o1777, size: container.limits.sharedMemory ?? 64 << 20)
            }
            return place
        case .service(let name):
            let place = Self.sharedMemory(of: Self.first(of: name), in: workspace)
            // A container with the host's IPC namespace has the host's memory.
            return Mounts.isRoot(place) ? place : "/dev/shm"
        case .host, .bare, nil: return nil
        }
    }

    // MARK: - Secrets and configs

    /// Where secrets and configs lie: memory that only this container shows.
    static func files(of id: ContainerID, in workspace: Workspace) -> FilePath {
        workspace.runDirectory(of: id).appending("files")
    }

    /// Writes the secrets and configs, and gives the mounts that show them.
    func files() throws -> [ContainerMount] {
        guard !container.files.isEmpty else { return [] }
        let place = Self.files(of: container.id, in: workspace)
        try Files.createDirectory(place, mode: 0o700)
        if !Mounts.isRoot(place) { try Mounts.memory(at: place, mode: 0o700) }
        return try container.files.enumerated().map { index, file in
            let path = place.appending("\(index)")
            try Files.write(file.content.bytes, to: path, mode: file.mode)
            try Files.changeOwner(
                path, user: identity?.exchanged(user: file.user) ?? file.user,
                group: identity?.exchanged(group: file.group) ?? file.group)
            return ContainerMount(
                .bind(source: path, isRecursive: false), target: file.target, isReadOnly: true,
                // A user namespace of its own may not clear what the memory is mounted with.
                options: ["nosuid", "nodev"] + (identity == nil ? [] : ["noexec"]))
        }
    }

    // MARK: - Devices

    /// What devices add that are known by the Container Device Interface.
    func deviceEdits() throws -> DeviceEdits {
        let security = container.security
        // Most containers ask for none: no file is read for them.
        guard !security.deviceRequests.isEmpty || security.devices.contains(where: { !$0.source.hasPrefix("/") }) else {
            return DeviceEdits()
        }
        return try HostDeviceInterfaces.observe().edits(for: security, of: service)
    }

    /// - Parameter further: nodes that come with devices of the Container Device Interface.
    /// - Throws: `invalidProject` for a path at which there is no device.
    func devices(and further: [DeviceInterface.Node] = []) throws -> [ContainerDevice] {
        let security = container.security
        var found = security.isPrivileged ? try HostDevice.all().map { ContainerDevice($0) } : []
        let asked = security.devices.filter { $0.source.hasPrefix("/") }
        let described = further.map { node in
            DesiredContainer.Security.Device(
                source: node.hostPath ?? node.path, target: node.path, permissions: node.permissions ?? "rwm")
        }
        for device in described + asked {
            let nodes = try HostDevice.nodes(at: FilePath(device.source), target: device.target)
            guard let nodes, !nodes.isEmpty else {
                let problem = nodes == nil ? "does not exist" : "is no device and has none below it"
                throw EngineError(
                    .invalidProject, "`\(device.source)`, a device of service `\(service)`, \(problem) on this host.")
            }
            let targets = Set(nodes.map(\.path))
            found.removeAll { targets.contains($0.node.path) }
            found += nodes.map { node in
                // A directory brings what is below it, with the same names.
                let source = device.source + node.path.dropFirst(device.target.count)
                return ContainerDevice(
                    node, access: device.permissions, source: source == node.path ? nil : FilePath(source))
            }
        }
        return found
    }

    /// - Throws: `invalidProject` for a path at which there is no block device.
    func blockNumbers() throws -> [String: BlockDeviceNumbers] {
        var found: [String: BlockDeviceNumbers] = [:]
        for path in (container.limits.blockDevices?.paths ?? []).sorted() {
            guard let (major, minor) = HostDevice.blockNumbers(of: FilePath(path)) else {
                throw EngineError(
                    .invalidProject,
                    "`\(path)`, which `blkio_config` of service `\(service)` names, is no block device of this host.")
            }
            found[path] = BlockDeviceNumbers(major: major, minor: minor)
        }
        return found
    }

    // MARK: - Cgroups

    /// The cgroup below the root of each hierarchy.
    var cgroupPath: String {
        let own = "trice-\(workspace.runtimeID(of: container.id))"
        guard let parent = container.limits.cgroupParent else { return "/\(own)" }
        return "/" + parent.split(separator: "/").joined(separator: "/") + "/\(own)"
    }

    /// - Throws: `unsupportedHost` for a runtime that is not installed.
    static func runtime(of container: DesiredContainer, on host: Host) throws -> RuntimeFacts? {
        guard let name = container.runtime else { return nil }
        // containerd's name of the program runc.
        let program = name == "io.containerd.runc.v2" ? "runc" : name
        if let found = try host.facts(of: program) { return found }
        throw EngineError(
            .unsupportedHost,
            "The runtime `\(name)` of service `\(container.id.service)` is not installed. Install it, or leave "
                + "`runtime:` out.")
    }
}
