internal import LinuxSystem
internal import Names
internal import Store
internal import Supervisor
internal import Vocabulary
internal import Workspaces

/// The names in networks that several environments use: a file for each bridge, from the records of all of them.
///
/// Each environment writes it whenever its containers come or go. The records are read while the lock is held, so that who
/// writes last has read last.
struct SharedNameTable {
    let workspace: Workspace

    private var host: Host { workspace.host }

    /// Brings the names of the networks to what the records say, where others use them too.
    func refresh(_ records: RuntimeRecords) throws {
        for network in records.networks {
            let others = try host.runtime.others(onBridge: network.bridge, than: workspace.id)
            if !others.isEmpty { try refresh(onBridge: network.bridge) }
        }
    }

    /// Brings the names on a bridge to what the records say; none are left where one environment at most has it.
    func refresh(onBridge bridge: String) throws {
        let layout = workspace.layout
        try Files.createDirectory(layout.sharedNames, mode: 0o700)
        let lock = try FileLock(waitingFor: layout.hostLock)
        let networks = try host.runtime.networks().filter { $0.bridge == bridge }
        if networks.count > 1 {
            let names = SharedNames(places: try networks.flatMap(places))
            try ZoneFile.write(names, to: layout.sharedNames(onBridge: bridge))
        } else {
            try Files.remove(layout.sharedNames(onBridge: bridge))
        }
        _ = consume lock
    }

    private func places(in network: NetworkRecord) throws -> [SharedNames.Place] {
        let other = Workspace(id: network.environmentID, host: host)
        let records = try other.records()
        let plan = try other.networkPlan(records)
        return try records.containers.flatMap { record in
            let id = ContainerID(record)
            return try ContainerNaming.read(of: id, in: other).0.zoneHost(of: id, plan)
                .leavingNames(in: Set(records.externalServices.keys)).memberships
                .filter { $0.network == network.name.rawValue }
                .map {
                    SharedNames.Place(
                        environment: other.id.text, container: "\(id)", addresses: $0.addresses, names: $0.names)
                }
        }
    }
}
