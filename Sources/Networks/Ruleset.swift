internal import Netlink
internal import Vocabulary

/// The text of one environment's table for `nft -f`; nft(8). Pure: equal states give equal texts.
struct Ruleset {
    /// The set that holds the bridges that the environment made: it is also how the table tells later whose they are.
    static let bridgeSet = "bridges"

    let state: FirewallState

    static func table(of environment: String) -> String { "trice-\(environment)" }

    /// The table as it should be.
    var text: String {
        """
        table inet \(Self.table(of: state.environment)) {
        \((sets + maps + chains).map { $0.indented }.joined(separator: "\n"))
        }

        """
    }

    /// Makes the table.
    ///
    /// - Parameter isReplacing: whether a table that is there is replaced, whatever is in it. It takes three times as
    ///   long, for the kernel waits for those that may still use the former rules. Otherwise nft refuses a table that is
    ///   there.
    func script(isReplacing: Bool) -> String {
        let table = Self.table(of: state.environment)
        // `add` first, so that the `delete` never fails.
        let before =
            isReplacing ? ["add table inet \(table)", "delete table inet \(table)"] : ["create table inet \(table)"]
        return (before + [text]).joined(separator: "\n")
    }

    /// How many rules all chains have together.
    var ruleCount: Int { chains.flatMap(\.lines).count { !$0.hasPrefix("type ") } }

    private var sets: [Block] {
        let bridges = state.ownBridges.map(quoted)
        let elements = bridges.isEmpty ? [] : ["elements = { \(bridges.joined(separator: ", ")) }"]
        return [Block("set \(Self.bridgeSet)", ["type ifname"] + elements)]
    }

    // MARK: - Published ports

    /// Host ports → container ports, one map per transport for every address and one for single addresses.
    private var maps: [Block] {
        Transport.allCases.flatMap { transport in
            [true, false].compactMap { isSingle in
                let elements = ports(transport, isSingle: isSingle).map { port in
                    (port.hostAddress.map { "\($0) . " } ?? "") + "\(port.hostPort) : "
                        + "\(port.containerAddress) . \(port.containerPort)"
                }
                if elements.isEmpty { return nil }
                let key = isSingle ? "ipv4_addr . inet_service" : "inet_service"
                return Block(
                    "map \(Self.map(transport, isSingle: isSingle))",
                    [
                        "type \(key) : ipv4_addr . inet_service",
                        "elements = { \(elements.joined(separator: ", ")) }",
                    ])
            }
        }
    }

    static func map(_ transport: Transport, isSingle: Bool) -> String {
        "\(transport.rawValue)-\(isSingle ? "on-address" : "anywhere")"
    }

    private func ports(_ transport: Transport, isSingle: Bool) -> [PublishedPort] {
        state.ports.filter { $0.transport == transport && ($0.hostAddress != nil) == isSingle }
    }

    /// The chain with the translations of one transport. The names tell later which transports were published.
    private static func chain(_ transport: Transport) -> String { "\(publishedChain)-\(transport.rawValue)" }

    private static let publishedChain = "published"

    /// Whether a table with these chains leads packets of UDP to containers. That of a release whose rules had one chain
    /// for both transports may do so.
    static func servesDatagrams(chains: Set<String>) -> Bool {
        if chains.contains(chain(.udp)) { return true }
        return chains.contains(publishedChain) && chains.isDisjoint(with: Transport.allCases.map(chain))
    }

    /// The single addresses come first: they are the more particular.
    private func translations(_ transport: Transport) -> [String] {
        [true, false].compactMap { isSingle in
            if ports(transport, isSingle: isSingle).isEmpty { return nil }
            let key = (isSingle ? "ip daddr . " : "") + "\(transport.rawValue) dport"
            return "dnat ip to \(key) map @\(Self.map(transport, isSingle: isSingle))"
        }
    }

    private var publishingChains: [Block] {
        let transports = Transport.allCases.filter { !translations($0).isEmpty }
        let entrance = ["fib daddr type local jump \(Self.publishedChain)"]
        return transports.map { Block("chain \(Self.chain($0))", translations($0)) } + [
            Block(
                "chain \(Self.publishedChain)",
                ["ip daddr 127.0.0.0/8 return"] + transports.map { "jump \(Self.chain($0))" }),
            Block("chain prerouting", ["type nat hook prerouting priority dstnat; policy accept;"] + entrance),
            // nft knows the name `dstnat` for prerouting only.
            Block("chain output", ["type nat hook output priority -100; policy accept;"] + entrance),
        ]
    }

    // MARK: - Chains

    private var chains: [Block] {
        let isPublishing = !state.ports.isEmpty
        var chains = [
            Block(
                "chain guard",
                ["type filter hook prerouting priority raw; policy accept;"]
                    // The host's loopback services are not for containers, even where route_localnet is set.
                    + ["iifname @\(Self.bridgeSet) ip daddr 127.0.0.0/8 drop"])
        ]
        if isPublishing { chains += publishingChains }
        let open = state.networks.filter { !$0.isInternal }
        if !open.isEmpty {
            chains.append(
                Block(
                    "chain postrouting",
                    ["type nat hook postrouting priority srcnat; policy accept;"]
                        + open.flatMap { masquerade($0, isPublishing: isPublishing) }))
        }
        chains.append(
            Block(
                "chain forward",
                ["type filter hook forward priority filter; policy accept;"]
                    + state.networks.filter { !$0.isJoined }.flatMap(forward)))
        return chains
    }

    private func masquerade(_ network: FirewallState.Network, isPublishing: Bool) -> [String] {
        let bridge = quoted(network.bridge)
        // A container that reaches its own network through a published port must get the answer by way of the host.
        let hairpin = "ip saddr \(subnets(network)) oifname \(bridge) ct status dnat masquerade"
        var lines = isPublishing ? [hairpin] : []
        if network.isJoined { return lines }
        if network.masquerades {
            let translation = network.sourceAddress.map { "snat ip to \($0)" } ?? "masquerade"
            lines.append("ip saddr \(subnets(network)) oifname != \(bridge) \(translation)")
        }
        if network.masqueradesIPv6, let subnets = ipv6Subnets(network) {
            lines.append("ip6 saddr \(subnets) oifname != \(bridge) masquerade")
        }
        return lines
    }

    /// Who may pass. The drop at the destination's bridge keeps environments, networks and the host's neighbours
    /// apart without naming them.
    private func forward(_ network: FirewallState.Network) -> [String] {
        let bridge = quoted(network.bridge)
        let within = "iifname \(bridge) oifname \(bridge) accept"
        if network.isInternal { return [within, "oifname \(bridge) drop", "iifname \(bridge) drop"] }
        return [
            within,
            "oifname \(bridge) ct state established,related accept",
            "oifname \(bridge) ct status dnat accept",
        ] + openings(network) + ["oifname \(bridge) drop"]
    }

    /// What is reached at the addresses of containers.
    private func openings(_ network: FirewallState.Network) -> [String] {
        let bridge = quoted(network.bridge)
        var lines: [String] = []
        if network.isOpen { lines.append("oifname \(bridge) ip daddr \(subnets(network)) accept") }
        if network.isOpenToIPv6, let subnets = ipv6Subnets(network) {
            lines.append("oifname \(bridge) ip6 daddr \(subnets) accept")
        }
        return lines
            + network.routedPorts.map { port in
                let family = port.address.bitCount == 32 ? "ip" : "ip6"
                return "oifname \(bridge) \(family) daddr \(port.address) \(port.transport) dport \(port.port) accept"
            }
    }

    /// The subnets of IPv4 as one expression.
    private func subnets(_ network: FirewallState.Network) -> String {
        anyOf([network.subnet] + network.furtherSubnets)
    }

    /// The same of IPv6; `nil` for a network without.
    private func ipv6Subnets(_ network: FirewallState.Network) -> String? {
        network.ipv6Subnet.map { anyOf([$0] + network.furtherIPv6Subnets) }
    }

    private func anyOf(_ subnets: [some CustomStringConvertible]) -> String {
        if subnets.count == 1 { return "\(subnets[0])" }
        return "{ " + subnets.map { "\($0)" }.joined(separator: ", ") + " }"
    }

    private func quoted(_ name: InterfaceName) -> String { "\"\(name)\"" }
}

/// A named block of lines.
private struct Block {
    let head: String
    let lines: [String]

    init(_ head: String, _ lines: [String]) {
        self.head = head
        self.lines = lines
    }

    var indented: String {
        "    \(head) {\n" + lines.map { "        \($0)\n" }.joined() + "    }"
    }
}
