internal import Envfile
internal import FoundationEssentials
internal import Images
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage

/// Brings records, kernel and supervisor together into what planning sees.
struct Observer {
    let workspace: Workspace

    /// - Parameters:
    ///   - texts: the references that the plan will ask about.
    ///   - images: what they mean; `nil` when there are none.
    func observe(_ texts: [String] = [], of images: ProjectImages? = nil) throws -> ObservedState {
        let records = try workspace.records()
        let alive = try workspace.supervisedContainers(records)
        var state = ObservedState()
        for text in Set(texts) {
            if let image = try images?.lookup(text) { state.images[text] = "\(image.id)" }
        }
        state.networks = try networks(records)
        state.volumes = Set(try workspace.host.durable.volumes(environmentID: workspace.id.text).map(\.name))
        state.containers = try records.containers.map { record in
            try container(record, records, alive["\(ContainerID(record))"])
        }
        state.publishedPorts = Set(
            records.publishedPorts.map { ContainerID(service: $0.service, number: $0.number) })
        return state
    }

    private func networks(_ records: RuntimeRecords) throws -> [String: ObservedNetwork] {
        guard !records.networks.isEmpty else { return [:] }
        let links = Set(try NetlinkSocket().links().map(\.name))
        var networks: [String: ObservedNetwork] = [:]
        for record in records.networks {
            networks[record.name] = ObservedNetwork(
                configuration: record.decodedConfiguration,
                isComplete: record.state == .created && links.contains(record.bridge))
        }
        return networks
    }

    private func container(
        _ record: ContainerRecord, _ records: RuntimeRecords, _ status: ContainerStatus?
    ) throws -> ObservedContainer {
        let fingerprint = try record.decodedFingerprint()
        let attached = records.addresses.filter { $0.service == record.service && $0.number == record.number }
        return ObservedContainer(
            id: ContainerID(record), fingerprint: fingerprint, imageID: record.imageID,
            state: state(of: record, status), networks: Set(attached.map(\.network)),
            dependencies: record.dependencies, stopGracePeriod: .nanoseconds(record.stopGracePeriod))
    }

    private func state(of record: ContainerRecord, _ status: ContainerStatus?) -> ObservedContainer.State {
        guard record.state == .created else { return .incomplete }
        switch status?.state {
        case .starting, .running: return .running
        // A code that nobody could learn is no success.
        case .exited: return .exited(code: status?.code ?? 255)
        case nil: return record.exitCode.map { .exited(code: $0) } ?? .created
        }
    }
}

extension ContainerRecord {
    /// The service as it was when the container was made.
    func decodedFingerprint() throws -> ServiceFingerprint {
        try JSONDecoder().decode(ServiceFingerprint.self, from: Data(fingerprint.utf8))
    }
}

extension NetworkRecord {
    /// The configuration that the network was made from; `nil` when the record has none that can be read.
    var decodedConfiguration: NetworkConfiguration? {
        // The network is then made anew, which mends the record.
        try? JSONDecoder().decode(NetworkConfiguration.self, from: Data(configuration.utf8))
    }
}
