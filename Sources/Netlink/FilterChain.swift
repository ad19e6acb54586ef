internal import CLinux
internal import Glibc

/// A chain of the packet filter; `hook` and `policy` only for a base chain, under the names of nft(8).
package struct FilterChain: Hashable, Sendable {
    /// `ip`, `ip6`, `inet`, `arp`, `bridge` or `netdev`.
    package var family: String
    package var table: String
    package var name: String
    /// Such as `forward`.
    package var hook: String?
    /// `accept` or `drop`.
    package var policy: String?

    package init(family: String, table: String, name: String, hook: String? = nil, policy: String? = nil) {
        self.family = family
        self.table = table
        self.name = name
        self.hook = hook
        self.policy = policy
    }

    /// - Returns: `nil` for a message of another kind or of a family that has no name here.
    init?(_ message: Message) throws(NetlinkError) {
        guard message.kind == Self.kind(NFT_MSG_NEWCHAIN.rawValue),
            let family = message.payload.first.flatMap({ Self.families[Int($0)] })
        else { return nil }
        let attributes = try message.attributes(after: Netfilter.headerLength)
        guard let table = attributes.text(NFTA_CHAIN_TABLE.rawValue),
            let name = attributes.text(NFTA_CHAIN_NAME.rawValue)
        else { throw .malformed("a chain without a name") }
        self.init(family: family, table: table, name: name)
        let hook = try attributes.nested(NFTA_CHAIN_HOOK.rawValue)?.integer(NFTA_HOOK_HOOKNUM.rawValue, as: UInt32.self)
        self.hook = hook.flatMap { Self.hook(Int(UInt32(bigEndian: $0)), of: family) }
        self.policy = attributes.integer(NFTA_CHAIN_POLICY.rawValue, as: UInt32.self).flatMap {
            Self.policies[Int(UInt32(bigEndian: $0))]
        }
    }

    /// The families, by their numbers in linux/netfilter.h.
    private static let families = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]
    /// The verdicts that a policy may be.
    private static let policies = [0: "drop", 1: "accept"]

    /// linux/netfilter.h, linux/netfilter_arp.h, linux/netfilter_netdev.h.
    private static func hook(_ number: Int, of family: String) -> String? {
        let names =
            switch family {
            case "arp": ["input", "output", "forward"]
            case "netdev": ["ingress", "egress"]
            default: ["prerouting", "input", "forward", "output", "postrouting", "ingress"]
            }
        return names.indices.contains(number) ? names[number] : nil
    }

    static func kind(_ message: UInt32) -> Int { Netfilter.kind(NFNL_SUBSYS_NFTABLES, message) }
}

extension NetlinkSocket {
    /// The chains of all tables of the socket's namespace. The socket is of the family `netfilter`;
    /// linux/netfilter/nf_tables.h.
    package borrowing func filterChains() throws(NetlinkError) -> [FilterChain] {
        var request = Request("list the chains of the packet filter", kind: FilterChain.kind(NFT_MSG_GETCHAIN.rawValue))
        request.netfilterHeader(family: AF_UNSPEC)
        var chains: [FilterChain] = []
        for message in try dump(request) {
            if let chain = try FilterChain(message) { chains.append(chain) }
        }
        return chains
    }
}
