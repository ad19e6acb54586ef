import Glibc
import LinuxSystem
import Netlink
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Networks

/// Real packets through real rules, in namespaces of the test's own.
@Suite(
    .timeLimit(.minutes(2)), .enabled("needs root for network namespaces") { try Requirement.met(.root) }, .serialized)
struct FirewallTests {
    @Test func containersReachOutMasqueraded() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        try lab.neighbour.serve("out", .tcp, 80)
        #expect(try web.isUnanswered(.tcp, "198.51.100.2", 80))
        #expect(try lab.apply([network]) == [])
        #expect(try web.ask(.tcp, "198.51.100.2", 80) == "out sees 198.51.100.1")
    }

    @Test func aTableWithoutChainsIsReplacedToo() throws {
        let lab = try Lab()
        try lab.host.shell("nft add table inet trice-lab")
        let network = try lab.network("default", "10.201.0.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        try lab.neighbour.serve("out", .tcp, 80)
        for _ in 1...2 {
            #expect(try lab.apply([network]) == [])
            #expect(try web.ask(.tcp, "198.51.100.2", 80) == "out sees 198.51.100.1")
        }
    }

    @Test func publishedPortsServeEverybody() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        let db = try lab.container("db", "10.201.0.3", in: network)
        try web.serve("web", .tcp, 80)
        try web.serve("dns", .udp, 53)
        try lab.host.serve("host", .tcp, 9999)
        try lab.apply(
            [network],
            ports: [published(.tcp, 8080, to: "10.201.0.2", 80), published(.udp, 5353, to: "10.201.0.2", 53)])
        // From outside the source stays what it is.
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.1", 8080) == "web sees 198.51.100.2")
        #expect(try lab.neighbour.ask(.udp, "198.51.100.1", 5353) == "dns sees 198.51.100.2")
        #expect(try lab.host.ask(.tcp, "198.51.100.1", 8080) == "web sees 198.51.100.1")
        #expect(try lab.host.ask(.udp, "198.51.100.1", 5353) == "dns sees 198.51.100.1")
        // From a container of the network, and from the very one that serves (hairpin).
        for client in [db, web] {
            #expect(try client.ask(.tcp, "198.51.100.1", 8080) == "web sees 10.201.0.1")
            #expect(try client.ask(.udp, "198.51.100.1", 5353) == "dns sees 10.201.0.1")
            #expect(try client.ask(.tcp, "10.201.0.1", 8080) == "web sees 10.201.0.1")
        }
        // Nothing else of the host is bent, and the loopback is left to the proxy.
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.1", 9999) == "host sees 198.51.100.2")
        #expect(try lab.host.isUnanswered(.tcp, "127.0.0.1", 8080))
        #expect(try db.ask(.tcp, "10.201.0.2", 80) == "web sees 10.201.0.3")
    }

    @Test func aPortOnOneAddressIsClosedOnOthers() throws {
        let lab = try Lab()
        try lab.host.shell("ip addr add 198.51.100.9/24 dev wan")
        let network = try lab.network("default", "10.201.0.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        let db = try lab.container("db", "10.201.0.3", in: network)
        try web.serve("web", .tcp, 80)
        try db.serve("db", .tcp, 80)
        try lab.apply([network], ports: [published(.tcp, on: "198.51.100.9", 8080, to: "10.201.0.2", 80)])
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.9", 8080) == "web sees 198.51.100.2")
        #expect(try lab.neighbour.isUnanswered(.tcp, "198.51.100.1", 8080))
        // The particular address goes before every address.
        try lab.apply(
            [network],
            ports: [
                published(.tcp, on: "198.51.100.9", 8080, to: "10.201.0.2", 80),
                published(.tcp, 8080, to: "10.201.0.3", 80),
            ])
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.9", 8080) == "web sees 198.51.100.2")
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.1", 8080) == "db sees 198.51.100.2")
    }

    @Test func environmentsAreApartButForPublishedPorts() throws {
        let lab = try Lab()
        let mine = try lab.network("mine", "10.201.0.0/24")
        let theirs = try lab.network("theirs", "10.201.1.0/24", group: 8)
        let client = try lab.container("client", "10.201.0.2", in: mine)
        let server = try lab.container("server", "10.201.1.2", in: theirs)
        try server.serve("server", .tcp, 80)
        try lab.neighbour.shell("ip route add 10.201.1.0/24 via 198.51.100.1")
        // Without rules the test's counter sees what it must not see later.
        #expect(try client.ask(.tcp, "10.201.1.2", 80) == "server sees 10.201.0.2")
        #expect(try lab.neighbour.ask(.tcp, "10.201.1.2", 80) == "server sees 198.51.100.2")
        try lab.apply(to: "a", [mine])
        try lab.apply(to: "b", [theirs], ports: [published(.tcp, 8080, to: "10.201.1.2", 80)])
        #expect(try client.isUnanswered(.tcp, "10.201.1.2", 80))
        #expect(try lab.neighbour.isUnanswered(.tcp, "10.201.1.2", 80))
        #expect(try client.ask(.tcp, "198.51.100.1", 8080) == "server sees 10.201.1.1")
        #expect(try lab.host.ask(.tcp, "10.201.1.2", 80) == "server sees 10.201.1.1")
    }

    @Test func internalNetworksStayInside() throws {
        let lab = try Lab()
        let network = try lab.network("back", "10.201.0.0/24")
        let one = try lab.container("one", "10.201.0.2", in: network)
        let two = try lab.container("two", "10.201.0.3", in: network)
        try lab.neighbour.serve("out", .tcp, 80)
        try lab.neighbour.shell("ip route add 10.201.0.0/24 via 198.51.100.1")
        try two.serve("two", .tcp, 80)
        #expect(try one.ask(.tcp, "198.51.100.2", 80) == "out sees 10.201.0.2")
        try lab.apply([], internal: [network])
        #expect(try one.isUnanswered(.tcp, "198.51.100.2", 80))
        #expect(try lab.neighbour.isUnanswered(.tcp, "10.201.0.3", 80))
        #expect(try one.ask(.tcp, "10.201.0.3", 80) == "two sees 10.201.0.2")
    }

    @Test func theHostsLoopbackIsClosedToContainers() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        try lab.host.shell("sysctl -qw net.ipv4.conf.\(network.name).route_localnet=1")
        try lab.host.serve("secret", .tcp, 9999)
        try web.shell(
            """
            sysctl -qw net.ipv4.conf.eth0.route_localnet=1; ip route del local 127.0.0.0/8 dev lo table local
            ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via 10.201.0.1
            """)
        #expect(try web.ask(.tcp, "127.0.0.1", 9999) == "secret sees 10.201.0.2")
        try lab.apply([network])
        #expect(try web.isUnanswered(.tcp, "127.0.0.1", 9999))
    }

    @Test func dockersForwardPolicyIsOpenedAndLeftAsItWas() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let other = try lab.network("other", "10.201.1.0/24")
        let web = try lab.container("web", "10.201.0.2", in: network)
        try lab.neighbour.serve("out", .tcp, 80)
        try web.serve("web", .tcp, 80)
        try lab.host.shell(
            """
            iptables-nft -P FORWARD DROP; iptables-nft -N DOCKER-USER; iptables-nft -I FORWARD -j DOCKER-USER
            iptables-nft -A DOCKER-USER -i foreign -j ACCEPT; iptables-nft -A DOCKER-USER -j RETURN
            """)
        let before = try lab.host.shell("iptables-nft -S").output
        let ports = [try published(.tcp, 8080, to: "10.201.0.2", 80)]
        // Ours alone does not overrule their drop.
        try lab.host.shell("iptables-nft -E DOCKER-USER ELSEWHERE")
        let warnings = try lab.apply([network], ports: ports)
        #expect(
            warnings == [.forwardPolicy(family: "ip", table: "filter", chain: "FORWARD", bridges: [network.name])])
        #expect(try web.isUnanswered(.tcp, "198.51.100.2", 80))
        try lab.host.shell("iptables-nft -E ELSEWHERE DOCKER-USER")

        #expect(try lab.apply([network, other], ports: ports) == [])
        #expect(try web.ask(.tcp, "198.51.100.2", 80) == "out sees 198.51.100.1")
        #expect(try lab.neighbour.ask(.tcp, "198.51.100.1", 8080) == "web sees 198.51.100.2")
        #expect(try web.ask(.tcp, "198.51.100.1", 8080) == "web sees 10.201.0.1")
        // A second application repeats no rule, and a network that is gone loses its own.
        try lab.apply([network], ports: ports)
        let rules = try lab.host.shell("iptables-nft -S DOCKER-USER").output.split(separator: "\n")
        #expect(
            rules.map(String.init) == [
                "-N DOCKER-USER", "-A DOCKER-USER -o \(network.name) -j ACCEPT",
                "-A DOCKER-USER -i \(network.name) -j ACCEPT", "-A DOCKER-USER -i foreign -j ACCEPT",
                "-A DOCKER-USER -j RETURN",
            ])
        #expect(try lab.host.inside { try NFTables().remove("lab").hadRules })
        #expect(try lab.host.shell("iptables-nft -S").output == before)
        #expect(try !lab.host.inside { try NFTables().remove("lab").hadRules })
    }

    @Test func rulesInDockersChainAreFoundWithoutOurTable() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        try lab.host.shell("iptables-nft -N DOCKER-USER")
        try lab.apply([network])
        try lab.host.shell("nft delete table inet trice-lab")
        #expect(try !lab.host.inside { try NFTables().remove("lab").hadRules })
        #expect(try lab.host.inside { try NFTables().remove("lab", bridges: [network.name]).hadRules })
        #expect(try lab.host.shell("iptables-nft -S DOCKER-USER").output == "-N DOCKER-USER\n")
    }

    @Test func applyReplacesAndListTells() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let ports = [
            try published(.tcp, 8080, to: "10.201.0.2", 80), try published(.udp, 53, to: "10.201.0.2", 53),
            try published(.udp, on: "198.51.100.1", 54, to: "10.201.0.2", 53),
        ]
        #expect(try lab.host.inside { try NFTables().list() } == [])
        try lab.host.shell("nft add table inet foreign")
        try lab.apply(to: "one", [network], ports: ports)
        try lab.apply(to: "two", [])
        #expect(
            try lab.host.inside { try NFTables().list() } == [
                NFTables.Entry(environment: "one", bridges: [network.name], ports: ports.sorted()),
                NFTables.Entry(environment: "two", bridges: [], ports: []),
            ])
        try lab.apply(to: "one", [network], ports: [ports[0]])
        #expect(try lab.host.inside { try NFTables().list() }.first?.ports == [ports[0]])
        let text = try lab.host.shell("nft list ruleset").output
        try lab.apply(to: "one", [network], ports: [ports[0]])
        #expect(try lab.host.shell("nft list ruleset").output.count == text.count)
        for environment in ["one", "two"] {
            #expect(try lab.host.inside { try NFTables().remove(environment).hadRules })
            #expect(try !lab.host.inside { try NFTables().remove(environment).hadRules })
        }
        #expect(try lab.host.shell("nft list ruleset").output == "table inet foreign {\n}\n")
    }

    @Test func fiftyPortsInOneTransaction() throws {
        let lab = try Lab()
        let network = try lab.network("default", "10.201.0.0/24")
        let ports = try (1...50).map { try published(.tcp, 8000 + $0, to: "10.201.0.2", $0) }
        let time = try ContinuousClock().measure { _ = try lab.apply([network], ports: ports) }
        print("apply with 50 ports: \(time)")
        #expect(try lab.host.inside { try NFTables().list() }.first?.ports == ports)
    }

    /// The kernel is asked for its chains, which says the same as nft does.
    @Test func chainsOfTheKernel() throws {
        let host = try Machine()
        let rules = """
            table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; chain DOCKER-USER { }; }
            table inet own { chain in { type filter hook input priority 5; }; chain guard { }; }
            table ip6 nat { chain pre { type nat hook prerouting priority -100; policy accept; }; }
            table arp a { chain out { type filter hook output priority 0; }; }
            table bridge b { chain post { type filter hook postrouting priority 0; policy accept; }; }
            table netdev n { chain c { type filter hook ingress device lo priority 0; policy drop; }; }
            """
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        try Files.write(rules.utf8, to: FilePath(temporary.path).appending("rules"))
        _ = try host.shell("nft -f \(temporary.path)/rules")
        let listed = try NFTListing(Array(host.shell("nft -j list chains").output.utf8)).chains
        let told = try host.inside { try NetlinkSocket(.netfilter).filterChains() }
        #expect(listed.count == 8)
        #expect(Set(told) == Set(listed))
    }

    @Test func failuresHaveCodes() throws {
        let host = try Machine()
        let state = try FirewallState(environment: "x", networks: [])
        let missing = #expect(throws: NetworkError.self) { try NFTables(program: "/nonexistent/nft").apply(state) }
        #expect(missing?.code == .nftMissing)
        #expect(missing?.message.contains("apt install nftables") == true)
        let temporary = try TemporaryDirectory(mode: 0o755)
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let script = FilePath(temporary.path).appending("nft")
        try Files.write(
            "#!/bin/sh\nexec setpriv --reuid 65534 --clear-groups /usr/sbin/nft \"$@\"\n".utf8, to: script, mode: 0o755)
        let unprivileged = #expect(throws: NetworkError.self) {
            try host.inside { try NFTables(program: script.string).apply(state) }
        }
        #expect(unprivileged?.code == .notPermitted, "\(unprivileged?.message ?? "")")
        #expect(throws: NetworkError.self) { try NFTables().remove("a; flush ruleset") }
    }
}
