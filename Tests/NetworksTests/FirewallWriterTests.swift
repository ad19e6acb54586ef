import Glibc
import LinuxSystem
import Netlink
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Networks

/// When the packet filter is written, seen by a stand-in for nft that notes what it is asked.
@Suite(.timeLimit(.minutes(1))) struct FirewallWriterTests {
    /// A program in place of nft, and the plan that the writer reads.
    private final class Scene: Sendable {
        private let temporary: TemporaryDirectory
        let directory: FilePath
        let plan: Mutex<NetworkPlan>
        /// How often flows were to be forgotten.
        let forgotten = Mutex(0)

        init(_ plan: NetworkPlan) throws {
            self.plan = Mutex(plan)
            temporary = try TemporaryDirectory()
            directory = FilePath(temporary.path)
            // Lists no chains but those of the environment's own table once that was written.
            let script = """
                #!/bin/sh
                cd \(directory)
                if [ "$1" = -f ]; then cat >rules; echo "$(head -n1 rules)" >>transactions; exit; fi
                if [ -s rules ] && ! grep -q '^delete table' rules || grep -q '^table' rules; then
                    sed -n 's/^ *chain \\([^ ]*\\) .*/\\1/p' rules | awk '
                        BEGIN { printf "{\\"nftables\\": [" }
                        NR > 1 { printf ", " }
                        { printf "{\\"chain\\": {\\"family\\": \\"inet\\", \\"table\\": \\"trice-shop\\", \\"name\\": \\"%s\\"}}", $1 }
                        END { print "]}" }'
                else
                    echo '{"nftables": []}'
                fi
                """
            try Files.write(script.utf8, to: directory.appending("nft"), mode: 0o755)
        }

        func writer() -> FirewallWriter {
            FirewallWriter(
                filter: NFTables(program: directory.appending("nft").string, chains: { nil }),
                plan: { self.plan.withLock { $0 } }, warn: { _ in },
                forget: { _, _ in self.forgotten.withLock { $0 += 1 } })
        }

        /// The first line of each transaction.
        var transactions: [String] {
            get throws {
                (try Files.text(directory.appending("transactions")) ?? "").split(separator: "\n").map(String.init)
            }
        }

        var rules: String { get throws { try Files.text(directory.appending("rules")) ?? "" } }
    }

    private static func plan(_ names: String...) throws -> NetworkPlan {
        NetworkPlan(
            environment: "shop",
            networks: try names.enumerated().map { index, name in
                NetworkPlan.Network(
                    name: name,
                    bridge: try BridgeNetwork(
                        name: InterfaceName("tr-\(name)"), subnet: IPv4Network("10.201.\(index).0/24"), group: 7))
            })
    }

    @Test func equalRulesAreWrittenOnce() throws {
        let scene = try Scene(try Self.plan("a"))
        let writer = scene.writer()
        #expect(try scene.transactions.isEmpty)
        try writer.sync()
        try writer.sync()
        try writer.sync(networks: ["a"])
        #expect(try scene.transactions == ["create table inet trice-shop"])
        #expect(try scene.rules.contains("tr-a"))
        let changed = try Self.plan("a", "b")
        scene.plan.withLock { $0 = changed }
        try writer.sync()
        #expect(try scene.transactions.count == 2)
        #expect(try scene.rules.contains("tr-b"))
    }

    @Test func aNetworkThatGoesIsNoLongerInTheRules() throws {
        let scene = try Scene(try Self.plan("a", "b"))
        let writer = scene.writer()
        try writer.sync()
        try writer.sync(networks: ["a"])
        #expect(try !scene.rules.contains("tr-b"))
        #expect(try scene.transactions == ["create table inet trice-shop", "add table inet trice-shop"])
    }

    @Test func theLastNetworkTakesTheTableAlong() throws {
        let scene = try Scene(try Self.plan("a"))
        let writer = scene.writer()
        try writer.sync()
        try writer.sync(networks: [])
        #expect(try scene.transactions == ["create table inet trice-shop", "delete table inet trice-shop"])
    }

    @Test(arguments: [Transport.tcp, .udp]) func onlyRulesForUDPHaveFlowsThatCanBeStale(_ transport: Transport) throws {
        let silent = try Self.plan("a")
        let member = NetworkPlan.Member(
            container: "web-1", network: "a", address: try IPv4Address("10.201.0.2"),
            mac: try MACAddress("02:42:0a:c9:00:02"))
        let port = NetworkPlan.Port(
            container: "web-1", transport: transport, hostPort: Port(8080), containerPort: Port(80))
        let serving = NetworkPlan(
            environment: "shop", networks: silent.networks, members: [member], ports: [port])
        let scene = try Scene(silent)
        // Each time another process, which knows from the rules alone what they led to.
        for (plan, expected) in [(silent, 0), (serving, 1), (silent, 2), (silent, 2)] {
            scene.plan.withLock { $0 = plan }
            try scene.writer().sync()
            #expect(scene.forgotten.withLock { $0 } == (transport == .udp ? expected : 0))
        }
    }

    @Test func aFailureIsTriedAgain() throws {
        let scene = try Scene(try Self.plan("a"))
        let writer = scene.writer()
        let program = scene.directory.appending("nft")
        let script = try #require(try Files.text(program))
        try Files.write("#!/bin/sh\necho Error >&2; exit 1\n".utf8, to: program, mode: 0o755)
        #expect(throws: NetworkError.self) { try writer.sync() }
        try Files.write(script.utf8, to: program, mode: 0o755)
        try writer.sync()
        #expect(try scene.transactions.count == 1)
    }
}
