internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Names
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import Synchronization
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// The names by which the containers of an environment find each other: the zone that the supervisor answers from, and
/// the `/etc/hosts` of each container.
///
/// Each container has a file of its own, which is mounted into it; it is therefore changed in place and never replaced.
final class NameTable: Sendable {
    private let workspace: Workspace
    /// The containers of the zone that was written last. Who writes last has read last.
    private let written = Mutex<Set<ContainerID>>([])
    private let project = Once<String>()

    init(workspace: Workspace) {
        self.workspace = workspace
    }

    /// Writes down what a container is called; it lies beside the container.
    ///
    /// - Parameter exposed: the ports of its image, such as `53/udp`.
    func write(_ container: DesiredContainer, exposed: [String]) throws {
        try ContainerNaming(container, project: try projectName, exposed: exposed).write(
            for: container.id, in: workspace)
    }

    /// Writes the files of a container that are about names and not there yet: its directory is.
    func writeResolverFile(of container: DesiredContainer) throws {
        let (naming, _) = try ContainerNaming.read(of: container.id, in: workspace)
        let text = naming.resolverFile(try ResolverFile.ofHost())
        try Files.write(text.utf8, to: workspace.nameFiles(of: container.id).appending("resolv.conf"))
    }

    /// Brings zone and hosts files to what the network plan says.
    func refresh() throws {
        try written.withLock { known in
            let records = try workspace.records()
            let plan = try workspace.networkPlan(records)
            known = try writeZone(records, plan)
            try SharedNameTable(workspace: workspace).refresh(records)
            try HostNameBlock(workspace: workspace).refresh()
            for id in known { try writeFiles(of: id, plan) }
        }
    }

    /// Writes down what a container is to find before it starts, where that was not done since it was made.
    func writeIfMissing(_ id: ContainerID) throws {
        try written.withLock { known in
            if Files.exists(workspace.nameFiles(of: id).appending("hosts")) { return }
            let records = try workspace.records()
            let plan = try workspace.networkPlan(records)
            if !known.contains(id) { known = try writeZone(records, plan) }
            try writeFiles(of: id, plan)
        }
    }

    /// - Returns: the containers that it has.
    private func writeZone(_ records: RuntimeRecords, _ plan: NetworkPlan) throws -> Set<ContainerID> {
        var zone = Zone()
        zone.environment = workspace.id.text
        let fullNames = Dictionary(
            records.networks.map { ($0.name.rawValue, $0.decodedConfiguration?.fullName) }
        ) { first, _ in first }
        .compactMapValues(\.self)
        let externals = records.externalServices
        let project = try projectName
        for network in plan.networks {
            var entry = Zone.Network(
                fullName: fullNames[network.name] ?? "\(project)_\(network.name)",
                ipv4Subnets: network.bridge.ranges.map(\.subnet),
                ipv6Subnets: network.bridge.ipv6Ranges.map(\.subnet))
            entry.sharedNames = workspace.layout.sharedNames(onBridge: network.bridge.name.rawValue).string
            entry.externals = externals[network.name].map { services in
                Zone.Externals(
                    environment: services.environment,
                    names: Dictionary(
                        uniqueKeysWithValues: services.names.map { service, names in
                            (service.rawValue, names.map { $0.lowercased() })
                        }))
            }
            zone.networks[network.name] = entry
        }
        let ids = records.containers.map { ContainerID($0) }
        for id in ids {
            zone.hosts["\(id)"] = try ContainerNaming.read(of: id, in: workspace).0.zoneHost(of: id, plan)
                .leavingNames(in: Set(externals.keys))
        }
        if Files.exists(workspace.runDirectory) { try ZoneFile.write(zone, in: workspace.runDirectory) }
        return Set(ids)
    }

    private func writeFiles(of id: ContainerID, _ plan: NetworkPlan) throws {
        let directory = workspace.nameFiles(of: id)
        // One whose making was interrupted has nothing that could be told.
        guard Files.exists(directory) else { return }
        let (naming, isFormer) = try ContainerNaming.read(of: id, in: workspace)
        try update(directory.appending("hosts"), try naming.hostsFile(of: id, plan))
        // It runs on under a supervisor that has a resolver now.
        if isFormer {
            try update(directory.appending("resolv.conf"), naming.resolverFile(try ResolverFile.ofHost()))
        }
    }

    /// The name of the project; the id of an environment that no durable record names.
    private var projectName: String {
        get throws {
            try project.value {
                try workspace.host.durable.environment(id: workspace.id)?.name ?? workspace.id.text
            }
        }
    }

    private func update(_ path: FilePath, _ text: String) throws {
        let bytes = Array(text.utf8)
        // The umask of the caller does not change the mode of the file.
        guard Files.exists(path) else { return try Files.write(bytes, to: path) }
        // The container may have made it as large as its disk.
        if try Files.status(path)?.size == Int64(bytes.count), try Files.text(path) == text { return }
        let file = try OwnedDescriptor.open(path, O_WRONLY)
        // Written before it is truncated: a reader in between finds every name, and perhaps an old one more.
        try file.write(bytes)
        let fd = file.rawValue
        try systemCall("ftruncate", path.string) { ftruncate(fd, bytes.count) }
    }
}

extension Workspace {
    /// The files about names that a container has mounted: those of the container whose network it shares.
    func nameFiles(of container: DesiredContainer) throws -> FilePath {
        switch container.networkSource {
        case .container(let other): return nameFiles(of: other)
        case .foreign(let name):
            let other = try ForeignContainer(named: name, on: host)
            return other.workspace.nameFiles(of: other.id)
        case .host, nil: return nameFiles(of: container.id)
        }
    }
}
