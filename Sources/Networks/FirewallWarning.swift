internal import LinuxSystem
package import Netlink
internal import SystemPackage

/// A foreign firewall that may drop an environment's packets; an accept rule of Trice does not overrule its drop rule.
package enum FirewallWarning: Hashable, Sendable, CustomStringConvertible {
    /// A base chain of the forward hook with the policy drop.
    case forwardPolicy(family: String, table: String, chain: String, bridges: [InterfaceName])
    /// firewalld rejects what comes from an interface without a zone.
    case firewalld(bridges: [InterfaceName])
    /// Rules of iptables-legacy, which nft does not see.
    case legacyRules

    package var description: String {
        switch self {
        case .forwardPolicy(let family, let table, let chain, let bridges):
            "chain \(family) \(table) \(chain) drops forwarded packets unless a rule accepts them, so containers may "
                + "not reach beyond this host. Let them pass: "
                + bridges.map { bridge in
                    "nft insert rule \(family) \(table) \(chain) iifname \(bridge) counter accept; "
                        + "nft insert rule \(family) \(table) \(chain) oifname \(bridge) counter accept"
                }.joined(separator: "; ")
        case .firewalld(let bridges):
            "firewalld rejects packets from interfaces without a zone, so containers may not reach beyond this host. "
                + "Let them pass: "
                + bridges.map { "firewall-cmd --zone=trusted --add-interface=\($0)" }.joined(separator: "; ")
        case .legacyRules:
            "the filter table of iptables-legacy is in use, which nft cannot see; if its FORWARD policy is DROP, "
                + "containers may not reach beyond this host. See: iptables-legacy -S FORWARD"
        }
    }

    /// The obstacles in the chains of all tables.
    static func warnings(
        chains: [FilterChain], bridges: [InterfaceName],
        legacyTables: String? = FirewallWarning.legacyTables()
    ) -> [FirewallWarning] {
        if bridges.isEmpty { return [] }
        let hasDocker = chains.contains { $0.family == "ip" && $0.table == "filter" && $0.name == "DOCKER-USER" }
        var warnings: [FirewallWarning] = []
        for chain in chains where chain.hook == "forward" && chain.policy == "drop" {
            let isOpened = hasDocker && chain.family == "ip" && chain.table == "filter"
            // The bridges carry IPv4 only.
            guard chain.family == "ip" || chain.family == "inet", !isOpened else { continue }
            warnings.append(
                .forwardPolicy(family: chain.family, table: chain.table, chain: chain.name, bridges: bridges))
        }
        if chains.contains(where: { $0.table == "firewalld" && $0.hook == "forward" }) {
            warnings.append(.firewalld(bridges: bridges))
        }
        if legacyTables?.split(separator: "\n").contains("filter") == true { warnings.append(.legacyRules) }
        return warnings
    }

    /// The tables of iptables-legacy that are in use.
    private static func legacyTables() -> String? {
        // An unreadable file gives no warning.
        try? Files.text("/proc/net/ip_tables_names")
    }
}
