import Foundation
import Netlink
import Testing
import Vocabulary

@testable import Networks

@Suite(.timeLimit(.minutes(2))) struct RulesetTests {
    private let web: FirewallState.Network
    private let back: FirewallState.Network

    init() throws {
        web = FirewallState.Network(
            bridge: try InterfaceName("tr-web"), subnet: try IPv4Network("10.201.0.0/24"))
        back = FirewallState.Network(
            bridge: try InterfaceName("tr-back"), subnet: try IPv4Network("10.201.1.0/24"), isInternal: true)
    }

    private func port(
        _ transport: Transport, on host: String? = nil, _ hostPort: UInt16, _ container: String, _ port: UInt16
    ) throws -> PublishedPort {
        try PublishedPort(
            transport, hostAddress: host.map { text in try IPv4Address(text) }, hostPort: Port(hostPort),
            containerAddress: IPv4Address(container), containerPort: Port(port))
    }

    @Test func masqueradeOfIPv6AndNone() throws {
        var web = web
        web.ipv6Subnet = try IPv6Network("fd00:1::/64")
        let text = Ruleset(state: try FirewallState(environment: "shop", networks: [web])).text
        #expect(text.contains("ip6 saddr fd00:1::/64 oifname != \"tr-web\" masquerade"))
        web.furtherIPv6Subnets = [try IPv6Network("fd00:2::/64")]
        let further = Ruleset(state: try FirewallState(environment: "shop", networks: [web])).text
        #expect(further.contains("ip6 saddr { fd00:1::/64, fd00:2::/64 } oifname != \"tr-web\" masquerade"))
        web.masquerades = false
        web.masqueradesIPv6 = false
        #expect(!Ruleset(state: try FirewallState(environment: "shop", networks: [web])).text.contains("masquerade"))
    }

    @Test func waysThroughTheGateway() throws {
        var web = web
        web.ipv6Subnet = try IPv6Network("fd00:1::/64")
        func text(_ ports: [PublishedPort] = []) throws -> String {
            Ruleset(state: try FirewallState(environment: "shop", networks: [web, back], ports: ports)).text
        }
        web.sourceAddress = try IPv4Address("192.0.2.7")
        #expect(try text().contains(#"ip saddr 10.201.0.0/24 oifname != "tr-web" snat ip to 192.0.2.7"#))
        web.isOpen = true
        let open = #"oifname "tr-web" ip daddr 10.201.0.0/24 accept"#
        #expect(try text().contains(open + "\n        oifname \"tr-web\" drop"))
        web.isOpenToIPv6 = true
        #expect(try text().contains(#"oifname "tr-web" ip6 daddr fd00:1::/64 accept"#))
        web.isOpen = false
        web.routedPorts = [
            FirewallState.RoutedPort(address: try IPAddress("10.201.0.2"), transport: .sctp, port: try Port(80)),
            FirewallState.RoutedPort(address: try IPAddress("fd00:1::2"), transport: .udp, port: try Port(53)),
        ]
        #expect(try text().contains(#"oifname "tr-web" ip daddr 10.201.0.2 sctp dport 80 accept"#))
        #expect(try text().contains(#"oifname "tr-web" ip6 daddr fd00:1::2 udp dport 53 accept"#))
        // The rules of another environment's bridge are that one's.
        web.isJoined = true
        let joined = try text([port(.tcp, 8080, "10.201.0.2", 80)])
        #expect(joined.components(separatedBy: "tr-web").count == 2, "\(joined)")
        #expect(joined.contains(#"ip saddr 10.201.0.0/24 oifname "tr-web" ct status dnat masquerade"#))
    }

    @Test(arguments: [
        (["guard", "forward"], false), (["published", "published-tcp"], false), (["published", "published-udp"], true),
        (["published", "published-tcp", "published-udp"], true),
        // Of a release with one chain for all.
        (["guard", "published"], true),
    ])
    func theChainsTellWhetherUDPIsPublished(_ chains: [String], _ expected: Bool) {
        #expect(Ruleset.servesDatagrams(chains: Set(chains)) == expected)
    }

    @Test func aTableIsMadeOrReplaced() throws {
        let rules = Ruleset(state: try FirewallState(environment: "shop", networks: [web]))
        #expect(rules.script(isReplacing: false) == "create table inet trice-shop\n" + rules.text)
        #expect(
            rules.script(isReplacing: true)
                == "add table inet trice-shop\ndelete table inet trice-shop\n" + rules.text)
    }

    @Test func everythingTogether() throws {
        let state = try FirewallState(
            environment: "shop-1a2b", networks: [web, back],
            ports: [
                port(.udp, 5353, "10.201.0.3", 53), port(.tcp, 8080, "10.201.0.2", 80),
                port(.tcp, on: "192.0.2.2", 8081, "10.201.0.2", 81), port(.tcp, 8000, "10.201.0.3", 80),
            ])
        #expect(
            Ruleset(state: state).text == """
                table inet trice-shop-1a2b {
                    set bridges {
                        type ifname
                        elements = { "tr-back", "tr-web" }
                    }
                    map tcp-on-address {
                        type ipv4_addr . inet_service : ipv4_addr . inet_service
                        elements = { 192.0.2.2 . 8081 : 10.201.0.2 . 81 }
                    }
                    map tcp-anywhere {
                        type inet_service : ipv4_addr . inet_service
                        elements = { 8000 : 10.201.0.3 . 80, 8080 : 10.201.0.2 . 80 }
                    }
                    map udp-anywhere {
                        type inet_service : ipv4_addr . inet_service
                        elements = { 5353 : 10.201.0.3 . 53 }
                    }
                    chain guard {
                        type filter hook prerouting priority raw; policy accept;
                        iifname @bridges ip daddr 127.0.0.0/8 drop
                    }
                    chain published-tcp {
                        dnat ip to ip daddr . tcp dport map @tcp-on-address
                        dnat ip to tcp dport map @tcp-anywhere
                    }
                    chain published-udp {
                        dnat ip to udp dport map @udp-anywhere
                    }
                    chain published {
                        ip daddr 127.0.0.0/8 return
                        jump published-tcp
                        jump published-udp
                    }
                    chain prerouting {
                        type nat hook prerouting priority dstnat; policy accept;
                        fib daddr type local jump published
                    }
                    chain output {
                        type nat hook output priority -100; policy accept;
                        fib daddr type local jump published
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat; policy accept;
                        ip saddr 10.201.0.0/24 oifname "tr-web" ct status dnat masquerade
                        ip saddr 10.201.0.0/24 oifname != "tr-web" masquerade
                    }
                    chain forward {
                        type filter hook forward priority filter; policy accept;
                        iifname "tr-back" oifname "tr-back" accept
                        oifname "tr-back" drop
                        iifname "tr-back" drop
                        iifname "tr-web" oifname "tr-web" accept
                        oifname "tr-web" ct state established,related accept
                        oifname "tr-web" ct status dnat accept
                        oifname "tr-web" drop
                    }
                }

                """)
    }

    @Test func aNetworkWithoutPortsTranslatesNothing() throws {
        let text = Ruleset(state: try FirewallState(environment: "a", networks: [web])).text
        #expect(!text.contains("dnat ip"))
        #expect(!text.contains("hook output"))
        #expect(text.contains("ip saddr 10.201.0.0/24 oifname != \"tr-web\" masquerade"))
    }

    @Test func anInternalNetworkIsNeverMasqueraded() throws {
        let text = Ruleset(state: try FirewallState(environment: "a", networks: [back])).text
        #expect(!text.contains("masquerade"))
        #expect(text.contains("iifname \"tr-back\" drop"))
    }

    @Test func orderOfInputDoesNotMatter() throws {
        let ports = [try port(.tcp, 1, "10.201.0.2", 1), try port(.tcp, 2, "10.201.0.2", 2)]
        let one = try FirewallState(environment: "a", networks: [web, back], ports: ports)
        let other = try FirewallState(environment: "a", networks: [back, web], ports: ports.reversed())
        #expect(Ruleset(state: one).text == Ruleset(state: other).text)
    }

    @Test func conflictsAreRefused() throws {
        let two = [try port(.tcp, 80, "10.201.0.2", 80), try port(.tcp, 80, "10.201.0.3", 80)]
        let error = #expect(throws: NetworkError.self) {
            try FirewallState(environment: "a", networks: [web], ports: two)
        }
        #expect(error?.code == .portConflict)
        #expect(error?.message == "ports 80→10.201.0.2:80/tcp and 80→10.201.0.3:80/tcp claim the same host port")
        let sameTwice = [two[0], two[0]]
        #expect(try FirewallState(environment: "a", networks: [web], ports: sameTwice).ports.count == 1)
        let apart = [try port(.tcp, 80, "10.201.0.2", 80), try port(.udp, 80, "10.201.0.3", 80)]
        #expect(try FirewallState(environment: "a", networks: [web], ports: apart).ports.count == 2)
        let particular = [two[0], try port(.tcp, on: "192.0.2.2", 80, "10.201.0.3", 80)]
        #expect(try FirewallState(environment: "a", networks: [web], ports: particular).ports.count == 2)
    }

    @Test func wrongPortsAreRefused() throws {
        #expect(throws: InvalidValue.self) { try port(.tcp, 0, "10.201.0.2", 80) }
        #expect(throws: InvalidValue.self) { try port(.tcp, 80, "10.201.0.2", 0) }
        #expect(throws: NetworkError.self) { try port(.tcp, on: "127.0.0.1", 80, "10.201.0.2", 80) }
        #expect(try port(.tcp, on: "0.0.0.0", 80, "10.201.0.2", 80).hostAddress == nil)
        for container in ["10.201.1.2", "10.9.9.9"] {
            #expect(throws: NetworkError.self) {
                try FirewallState(environment: "a", networks: [web, back], ports: [port(.tcp, 80, container, 80)])
            }
        }
    }

    @Test(arguments: ["", "a b", "a;b", "a\nb", "a\"", "ü", String(repeating: "a", count: 121)])
    func wrongIdsAreRefused(id: String) {
        #expect(throws: NetworkError.self) { try FirewallState(environment: id, networks: []) }
    }

    @Test func failuresAreToldApart() {
        func code(_ message: String) -> NetworkError.Code { NFTables.failure("x", message: message).code }
        #expect(
            code(
                "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted"
            ) == .notPermitted)
        #expect(code("netlink: Error: cache initialization failed: Protocol not supported") == .firewallUnsupported)
        #expect(
            code("/dev/stdin:3:1-2: Error: Could not process rule: Operation not supported\n  fib")
                == .firewallUnsupported)
        #expect(
            code("/dev/stdin:3:1-2: Error: Could not process rule: No such file or directory\n type nat")
                == .firewallUnsupported)
        #expect(code("/dev/stdin:3:1-2: Error: syntax error, unexpected string") == .rulesRefused)
        #expect(code("") == .rulesRefused)
    }
}

@Suite(.timeLimit(.minutes(2))) struct FirewallWarningTests {
    private let bridges: [InterfaceName]

    init() throws {
        bridges = [try InterfaceName("tr-web")]
    }

    private func chain(_ family: String, _ table: String, _ name: String, _ hook: String?, _ policy: String?)
        -> FilterChain
    {
        FilterChain(family: family, table: table, name: name, hook: hook, policy: policy)
    }

    private func warnings(_ chains: FilterChain..., legacy: String? = nil) -> [FirewallWarning] {
        FirewallWarning.warnings(chains: chains, bridges: bridges, legacyTables: legacy)
    }

    @Test func aDropPolicyIsNamedWithItsRemedy() throws {
        let found = warnings(chain("inet", "filter", "forward", "forward", "drop"))
        #expect(
            found == [.forwardPolicy(family: "inet", table: "filter", chain: "forward", bridges: bridges)])
        #expect(found[0].description.contains("nft insert rule inet filter forward iifname tr-web counter accept"))
    }

    @Test func harmlessChainsAreSilent() {
        #expect(
            warnings(
                chain("ip", "filter", "FORWARD", "forward", "accept"), chain("ip", "filter", "INPUT", "input", "drop"),
                chain("ip6", "filter", "FORWARD", "forward", "drop"), chain("ip", "x", "y", nil, nil)
            ).isEmpty)
    }

    @Test func dockerOpensItsOwnChainOnly() {
        let docker = chain("ip", "filter", "DOCKER-USER", nil, nil)
        #expect(warnings(docker, chain("ip", "filter", "FORWARD", "forward", "drop")).isEmpty)
        #expect(warnings(docker, chain("inet", "strict", "fwd", "forward", "drop")).count == 1)
    }

    @Test func firewalldAndLegacy() {
        #expect(
            warnings(chain("inet", "firewalld", "filter_FORWARD", "forward", "accept")) == [
                .firewalld(bridges: bridges)
            ])
        #expect(warnings(legacy: "nat\nfilter\n") == [.legacyRules])
        #expect(warnings(legacy: "nat\n").isEmpty)
        #expect(FirewallWarning.warnings(chains: [], bridges: [], legacyTables: "filter\n").isEmpty)
    }
}
