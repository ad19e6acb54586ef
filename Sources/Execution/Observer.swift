internal import Containers
internal import Envfile
internal import Images
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// Brings records, kernel and supervisor together into what planning sees. It starts no process and changes nothing.
struct Observer {
    let workspace: Workspace

    /// - Parameters:
    ///   - texts: the references that the plan will ask about.
    ///   - images: what they mean; `nil` when there are none.
    ///   - volumes: those that the environment should have.
    ///   - looksAtFirewall: whether the packet filter is looked at too, which takes a process.
    ///   - sighting: what the caller has read already.
    func observe(
        _ texts: [String] = [], of images: ProjectImages? = nil, volumes: [Volume] = [], looksAtFirewall: Bool = false,
        from sighting: Sighting? = nil
    ) throws -> ObservedState {
        let sighting = try sighting ?? Sighting(workspace)
        let records = sighting.records
        var state = ObservedState()
        for text in Set(texts) {
            if let image = try images?.lookup(text) { state.images[text] = "\(image.id)" }
        }
        state.networks = try networks(records)
        state.volumes = try self.volumes(wanted: volumes)
        state.containers = try records.containers.map { record in
            try container(record, records, sighting.containers["\(ContainerID(record))"])
        }
        state.heldPorts = Dictionary(grouping: records.publishedPorts) { ContainerID($0) }.mapValues { $0.map(\.held) }
        let closed = Set(records.publishedPorts).subtracting(sighting.openPorts).map { ContainerID($0) }
        state.publishedPorts = Set(state.heldPorts.keys).subtracting(closed)
        state.jobs = jobs()
        if looksAtFirewall { state.firewallProblem = try firewallProblem(records) }
        state.hasSupervisor = try workspace.runningSupervisor() != nil
        return state
    }

    /// The environment's own volumes by their keys, those with names of their own that it made by these names, and by their
    /// keys those that are wanted and that another environment or a user has created. A wanted volume
    /// whose directory is missing is left out, so that the plan creates it: a command was killed before it made the directory.
    private func volumes(wanted: [Volume]) throws -> Set<VolumeName> {
        let durable = workspace.host.durable
        let isWanted = Set(wanted.map(\.name)).contains
        let own = try durable.volumes(environmentID: workspace.id).filter { record in
            !isWanted(record.name) || Files.exists(FilePath(record.path))
        }.map(\.name)
        let named = try durable.namedVolumes().filter { $0.environmentID == workspace.id }.map(\.name)
        let shared = try wanted.filter { volume in
            guard let name = DesiredContainer.VolumeSource(volume).name else { return false }
            return try workspace.host.volume(named: name).map { Files.exists($0.path) } ?? false
        }
        return Set(own + named + shared.map(\.name))
    }

    private func jobs() -> [ServiceName: ObservedJob] {
        let jobs = JobRecords.read(stateDirectory: workspace.stateDirectory)?.jobs ?? []
        return Dictionary(
            jobs.map { (ServiceName(unchecked: $0.name), ObservedJob(schedules: $0.schedules, digest: $0.digest)) }
        ) { $1 }
    }

    /// What the packet filter lacks; `nil` when nothing does, and where it cannot be looked at.
    private func firewallProblem(_ records: RuntimeRecords) throws -> String? {
        guard !records.networks.isEmpty else { return nil }
        if records.networks.contains(where: { !$0.isInternal }), try !IPForwarding.isOn() {
            return "IPv4 forwarding is off"
        }
        let rules = try workspace.networkPlan(records).firewall()
        do throws(NetworkError) {
            return try workspace.packetFilter.problem(with: rules)
        } catch {
            // Without the privilege or the program nothing can be said; `up` says what it lacks.
            if error.code == .notPermitted || error.code == .nftMissing { return nil }
            throw error
        }
    }

    private func networks(_ records: RuntimeRecords) throws -> [NetworkName: ObservedNetwork] {
        guard !records.networks.isEmpty else { return [:] }
        let links = Set(try NetlinkSocket().links().map(\.name))
        let users = try workspace.networkUsers(records)
        var networks: [NetworkName: ObservedNetwork] = [:]
        for record in records.networks {
            var network = ObservedNetwork(
                configuration: record.decodedConfiguration,
                isComplete: record.state == .created && links.contains(record.linkName))
            network.users = users[record.name] ?? []
            networks[record.name] = network
        }
        return networks
    }

    private func container(
        _ record: ContainerRecord, _ records: RuntimeRecords, _ status: ContainerStatus?
    ) throws -> ObservedContainer {
        let fingerprint = try record.decodedFingerprint()
        let attached = records.addresses.filter { ContainerID($0) == ContainerID(record) }
        var container = ObservedContainer(
            id: ContainerID(record), fingerprint: fingerprint, imageID: record.imageID,
            state: state(of: record, status), networks: Set(attached.map(\.network)),
            dependencies: record.dependencies, stopGracePeriod: .nanoseconds(record.stopGracePeriod))
        container.baseImageID = record.baseImageID
        container.isOneOff = fingerprint.isOneOff
        container.isUnsettled = status?.restarts != nil && status?.isSettled != true
        if container.state == .running {
            container.isPaused = status?.pid.map(Freezer.isFrozen) ?? false
            container.health = status?.health?.state
            container.replacedMounts = try MountedSources(workspace: workspace, id: container.id).replaced()
        }
        return container
    }

    private func state(of record: ContainerRecord, _ status: ContainerStatus?) -> ObservedContainer.State {
        guard record.state == .created else { return .incomplete }
        switch status?.state {
        case .starting, .running: return .running
        // The supervisor starts it again.
        case .exited where status?.isRestarting == true: return .running
        // A code that nobody could learn is no success.
        case .exited: return .exited(code: status?.code ?? 255)
        case nil: return record.exitCode.map { .exited(code: $0) } ?? .created
        }
    }
}

extension ContainerStatus {
    /// Whether it has run for so long since its last restart that this counts as past.
    fileprivate var isSettled: Bool {
        guard state == .running, let startedAt else { return false }
        return WallClock.nanoseconds - Int64(startedAt) > 10_000_000_000
    }
}

extension ContainerRecord {
    /// The service as it was when the container was made.
    func decodedFingerprint() throws -> ContainerFingerprint {
        try JSONCoding.decode(ContainerFingerprint.self, from: fingerprint)
    }
}

extension NetworkRecord {
    /// The configuration that the network was made from; `nil` when the record has none that can be read.
    var decodedConfiguration: NetworkConfiguration? {
        // The network is then made anew, which mends the record.
        try? JSONCoding.decode(NetworkConfiguration.self, from: configuration)
    }
}
