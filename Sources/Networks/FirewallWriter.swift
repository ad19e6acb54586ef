internal import Netlink
internal import Synchronization
package import Vocabulary

/// The packet filter of one environment or one build, and the only type that changes it.
///
/// Every change replaces the environment's whole table in one transaction, from the plan of the moment. Calls from
/// several threads wait for each other.
package final class FirewallWriter: Sendable {
    private let filter: NFTables
    private let plan: @Sendable () throws -> NetworkPlan
    private let warn: @Sendable (FirewallWarning) -> Void
    private let forget: @Sendable (_ ports: [PublishedPort], _ subnets: [IPv4Network]) throws -> Void
    /// What the table holds, as far as this writer wrote it.
    private let written = Mutex<FirewallState?>(nil)

    /// - Parameters:
    ///   - plan: the networks, members and ports by the records of the moment at which it is called.
    ///   - warn: is told what other firewalls may do to the environment's packets, after each transaction.
    ///   - forget: forgets the tracked flows that lead elsewhere than the ports, after each transaction before or after which
    ///     packets of UDP are led to containers.
    package init(
        filter: NFTables = NFTables(), plan: @escaping @Sendable () throws -> NetworkPlan,
        warn: @escaping @Sendable (FirewallWarning) -> Void,
        forget: @escaping @Sendable (_ ports: [PublishedPort], _ subnets: [IPv4Network]) throws -> Void = {
            try StaleFlows.forget(ports: $0, subnets: $1)
        }
    ) {
        self.filter = filter
        self.plan = plan
        self.warn = warn
        self.forget = forget
    }

    /// Makes the rules what the plan says; writes nothing when this writer wrote the same already. An environment
    /// without networks has no table.
    ///
    /// - Parameter names: the networks that the rules know, with the ports that they can serve; `nil` for all.
    package func sync(networks names: [String]? = nil) throws {
        try written.withLock { written in
            let plan = try plan()
            let state = try names.map(plan.limited)?.firewall() ?? plan.firewall()
            guard state != written else { return }
            let change: NFTables.Change
            if state.networks.isEmpty {
                let own = plan.networks.filter { !$0.isJoined && $0.bridge.parent == nil }
                change = try filter.remove(plan.environment, bridges: own.map(\.bridge.name))
            } else {
                change = try filter.apply(state)
                for warning in change.warnings { warn(warning) }
            }
            if change.servedDatagrams || state.servesDatagrams {
                try forget(state.ports, plan.networks.flatMap(\.bridge.ranges).map(\.subnet))
            }
            written = state
        }
    }
}

extension FirewallState {
    fileprivate var servesDatagrams: Bool { ports.contains { $0.transport == .udp } }
}
