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
                    echo '{"nftables": [{"chain": {"family": "inet", "table": "trice-shop", "name": "guard"}}]}'
                else
                    echo '{"nftables": []}'
                fi
                """
            try Files.write(script.utf8, to: directory.appending("nft"), mode: 0o755)
        }

        func writer() -> FirewallWriter {
            FirewallWriter(
                filter: NFTables(program: directory.appending("nft").string, chains: { nil }),
                plan: { self.plan.withLock { $0 } }, warn: { _ in }, forget: { _, _ in })
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
        #expect(try scene.transactions == ["add table inet trice-shop"])
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
        #expect(try scene.transactions == ["add table inet trice-shop", "add table inet trice-shop"])
    }

    @Test func theLastNetworkTakesTheTableAlong() throws {
        let scene = try Scene(try Self.plan("a"))
        let writer = scene.writer()
        try writer.sync()
        try writer.sync(networks: [])
        #expect(try scene.transactions == ["add table inet trice-shop", "delete table inet trice-shop"])
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
