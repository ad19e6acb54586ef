internal import LinuxSystem
internal import Netlink
internal import Synchronization

/// The packet filter of one environment or one build, and the only type that changes it.
///
/// Every change replaces the environment's whole table in one transaction, from the plan of the moment. Many changes
/// may cost one transaction: a caller marks the rules as stale as often as it likes, and they are written when something
/// needs them. Calls from several threads wait for each other.
public final class FirewallWriter: Sendable {
    private struct Progress {
        var isStale = false
        /// What the table holds, as far as this writer wrote it.
        var written: FirewallState?
    }

    private let filter: NFTables
    private let plan: @Sendable () throws -> NetworkPlan
    private let warn: @Sendable (FirewallWarning) -> Void
    private let progress = Mutex(Progress())

    /// - Parameters:
    ///   - plan: the networks, members and ports by the records of the moment at which it is called.
    ///   - warn: is told what other firewalls may do to the environment's packets, after each transaction.
    public init(
        filter: NFTables = NFTables(), plan: @escaping @Sendable () throws -> NetworkPlan,
        warn: @escaping @Sendable (FirewallWarning) -> Void
    ) {
        self.filter = filter
        self.plan = plan
        self.warn = warn
    }

    /// Notes that the records changed since the rules were written.
    public func markStale() {
        progress.withLock { $0.isStale = true }
    }

    /// Makes the rules what the plan says; writes nothing when this writer wrote the same already. An environment
    /// without networks has no table.
    ///
    /// - Parameter network: a network that is about to be removed: the rules no longer know it, nor the ports that only
    ///   it can serve.
    public func sync(without network: String? = nil) throws {
        try progress.withLock { try sync(without: network, &$0) }
    }

    /// The same where `markStale` was called since the last time.
    public func syncIfStale() throws {
        try progress.withLock { progress in
            if progress.isStale { try sync(without: nil, &progress) }
        }
    }

    /// The same on a thread of its own. A failure is left to the next call, which tries again and throws it.
    public func syncSoon() throws {
        // The thread has no caller that could be told; the rules stay stale.
        try DedicatedThread.detach { try? self.syncIfStale() }
    }

    private func sync(without network: String?, _ progress: inout Progress) throws {
        let plan = try plan()
        let remaining = network.map(plan.removing) ?? plan
        let state = try remaining.firewall()
        if state != progress.written {
            if state.networks.isEmpty {
                try filter.remove(plan.environment, bridges: plan.networks.map(\.bridge.name))
            } else {
                for warning in try filter.apply(state) { warn(warning) }
            }
        }
        progress = Progress(isStale: false, written: state)
    }
}
