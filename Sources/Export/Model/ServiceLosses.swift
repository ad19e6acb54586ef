internal import Envfile
internal import Vocabulary

extension NetworkAttachment {
    /// Whether the file gives the service addresses in the network.
    var hasAddresses: Bool {
        ipv4Address != nil || ipv6Address != nil || macAddress != nil || !linkLocalAddresses.isEmpty
    }
}

extension Workload {
    /// The options of a mount as podman takes them: `:ro,nocopy`.
    func flags(of mount: WorkloadMount) -> String {
        let flags = (mount.isReadOnly ? ["ro"] : []) + (skipsCopy(mount) ? ["nocopy"] : [])
        return flags.isEmpty ? "" : ":\(flags.joined(separator: ","))"
    }

    /// Whether a new volume begins empty, whatever the image has there.
    func skipsCopy(_ mount: WorkloadMount) -> Bool {
        guard case .volume = mount.source else { return false }
        return service.mounts.contains { $0.target == mount.target && $0.options.skipsCopy }
    }
}

extension LossReport {
    /// Reports which network is the first one or the way out, for an engine that decides itself.
    mutating func reportPriorities(of workload: Workload, _ reason: String) {
        for attachment in workload.service.networks where attachment.priority != 0 || attachment.gatewayPriority != 0 {
            loss(
                workload.key.key("networks", attachment.network.rawValue), reason,
                "let the service join one network, or see that it accepts any order")
        }
    }

    /// Reports names and options of network interfaces, for an engine that has none.
    mutating func reportInterfaces(of workload: Workload, _ reason: String) {
        for attachment in workload.service.networks
        where attachment.interfaceName != nil || !attachment.driverOptions.isEmpty {
            loss(
                workload.key.key("networks", attachment.network.rawValue), reason,
                "see that the service does without it")
        }
    }

    /// Reports how mounts below directories of the host are passed on, for an engine that has no such setting.
    mutating func reportBinds(of workload: Workload, _ reason: String) {
        for mount in workload.service.mounts {
            guard case .bind = mount.source, mount.options.propagation != nil || mount.options.recursive != nil else {
                continue
            }
            loss(workload.key.key("volumes").item(mount.target), reason, "see that the service does without it")
        }
    }
}
