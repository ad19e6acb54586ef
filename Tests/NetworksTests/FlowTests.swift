import Glibc
import LinuxSystem
import Netlink
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Networks

/// Flows of UDP that outlive a published port: with real packets, in namespaces of the test's own.
@Suite(
    .timeLimit(.minutes(2)), .enabled("needs root for network namespaces") { try Requirement.met(.root, .nft) },
    .serialized)
struct FlowTests {
    /// A client with one socket, which goes on sending.
    private final class Client {
        private let socket: OwnedDescriptor

        init(in machine: Machine, to address: String, _ port: UInt16) throws {
            let fd = try machine.inside {
                let fd = try systemCall("socket", "udp") {
                    Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                }
                var target = sockaddr_in()
                target.sin_family = sa_family_t(AF_INET)
                target.sin_port = port.bigEndian
                inet_pton(AF_INET, address, &target.sin_addr)
                try systemCall("connect", "udp") {
                    withUnsafePointer(to: target) {
                        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                        }
                    }
                }
                return fd
            }
            socket = OwnedDescriptor(owning: fd)
        }

        /// Sends until the answer is `name`.
        func hears(_ name: String, within timeout: Duration = .seconds(10)) -> Bool {
            eventually(within: timeout) {
                // An error is of an earlier datagram.
                _ = try? socket.write(Array("?".utf8))
                usleep(10_000)
                var last = ""
                while let bytes = try? socket.read() { last = String(decoding: bytes, as: UTF8.self) }
                return last == name
            }
        }
    }

    /// Starts a server of one socket that answers with `name`.
    private func serve(_ name: String, _ port: Int, in machine: Machine) throws {
        try machine.start([
            "python3", "-c",
            """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("0.0.0.0", \(port)))
            while True:
                data, peer = s.recvfrom(100)
                s.sendto(b"\(name)", peer)
            """,
        ])
        let listens = try eventually(within: .seconds(20)) {
            try machine.shell("ss -H -uln sport = :\(port)").output.contains(":\(port)")
        }
        try #require(listens)
    }

    private final class Scene {
        let lab: Lab
        let network: BridgeNetwork
        private let plan: Box
        private let writer: FirewallWriter

        init() throws {
            lab = try Lab()
            network = try lab.network("default", "10.201.0.0/24")
            let empty = NetworkPlan(
                environment: "lab", networks: [NetworkPlan.Network(name: "default", bridge: network)])
            let plan = Box(empty)
            self.plan = plan
            writer = FirewallWriter(plan: { plan.value.withLock { $0 } }, warn: { _ in })
        }

        /// Publishes port 5353 of the host as port `target` of the container with the address.
        func publish(_ address: String, _ target: Port) throws {
            let plan = NetworkPlan(
                environment: "lab", networks: [NetworkPlan.Network(name: "default", bridge: network)],
                members: [
                    NetworkPlan.Member(
                        container: "web-1", network: "default", address: try IPv4Address(address),
                        mac: try MACAddress("02:42:0a:c9:00:02"))
                ],
                ports: [
                    NetworkPlan.Port(container: "web-1", transport: .udp, hostPort: 5353, containerPort: target)
                ])
            try sync(plan)
        }

        func unpublish() throws {
            try sync(
                NetworkPlan(environment: "lab", networks: [NetworkPlan.Network(name: "default", bridge: network)]))
        }

        private func sync(_ plan: NetworkPlan) throws {
            self.plan.value.withLock { $0 = plan }
            try lab.host.inside { try writer.sync() }
        }
    }

    private final class Box: Sendable {
        let value: Mutex<NetworkPlan>

        init(_ plan: NetworkPlan) { value = Mutex(plan) }
    }

    @Test func aClientFollowsThePort() throws {
        let scene = try Scene()
        let one = try scene.lab.container("one", "10.201.0.2", in: scene.network)
        let two = try scene.lab.container("two", "10.201.0.3", in: scene.network)
        try serve("one", 53, in: one)
        try serve("two", 53, in: two)
        try serve("other port", 54, in: two)
        let client = try Client(in: scene.lab.neighbour, to: "198.51.100.1", 5353)
        // It sends before anything is published.
        #expect(!client.hears("one", within: .milliseconds(300)))
        try scene.publish("10.201.0.2", 53)
        #expect(client.hears("one"))
        try scene.publish("10.201.0.3", 53)
        #expect(client.hears("two"))
        try scene.publish("10.201.0.3", 54)
        #expect(client.hears("other port"))
        // A server of the host takes the port over.
        try serve("host", 5353, in: scene.lab.host)
        try scene.unpublish()
        #expect(client.hears("host"))
        try scene.publish("10.201.0.2", 53)
        #expect(client.hears("one"))
    }

    @Test func otherFlowsStay() throws {
        let scene = try Scene()
        let web = try scene.lab.container("web", "10.201.0.2", in: scene.network)
        try serve("out", 5353, in: scene.lab.neighbour)
        try scene.publish("10.201.0.2", 53)
        // Through the host to the same port of another machine.
        let client = try Client(in: web, to: "198.51.100.2", 5353)
        #expect(client.hears("out"))
        let before = try flows(scene).filter { $0.original.destinationPort == 5353 }
        #expect(before.count == 1)
        try scene.publish("10.201.0.2", 54)
        #expect(try flows(scene).contains { $0.original == before.first?.original })
    }

    private func flows(_ scene: Scene) throws -> [TrackedFlow] {
        try scene.lab.host.inside { try NetlinkSocket(.netfilter).flows() ?? [] }
    }

    // MARK: - The decision

    private func flow(_ to: String, _ port: UInt16, answeredBy source: String, _ sourcePort: UInt16) throws
        -> TrackedFlow
    {
        let client = try IPv4Address("198.51.100.2")
        return TrackedFlow(
            .udp,
            original: .init(
                source: client, sourcePort: 4000, destination: try IPv4Address(to), destinationPort: port),
            reply: .init(
                source: try IPv4Address(source), sourcePort: sourcePort, destination: client, destinationPort: 4000))
    }

    @Test func onlyWhatLeadsElsewhereIsStale() throws {
        let stale = StaleFlows(
            ports: [
                try published(.udp, 5353, to: "10.201.0.2", 53),
                try published(.udp, on: "198.51.100.9", 5353, to: "10.201.0.3", 53),
            ],
            subnets: [try IPv4Network("10.201.0.0/24")],
            localAddresses: [
                try IPv4Address("198.51.100.1"), try IPv4Address("198.51.100.9"), .loopback,
                try IPv4Address("10.201.0.1"),
            ])
        #expect(try !stale.contains(flow("198.51.100.1", 5353, answeredBy: "10.201.0.2", 53)))
        #expect(try stale.contains(flow("198.51.100.1", 5353, answeredBy: "10.201.0.3", 53)))
        #expect(try stale.contains(flow("198.51.100.1", 5353, answeredBy: "10.201.0.2", 54)))
        #expect(try stale.contains(flow("198.51.100.1", 5353, answeredBy: "198.51.100.1", 5353)))
        // The address of its own goes first.
        #expect(try !stale.contains(flow("198.51.100.9", 5353, answeredBy: "10.201.0.3", 53)))
        #expect(try stale.contains(flow("198.51.100.9", 5353, answeredBy: "10.201.0.2", 53)))
        // A port that is not published any more.
        #expect(try stale.contains(flow("198.51.100.1", 6000, answeredBy: "10.201.0.2", 53)))
        // Another environment's, the host's own, the loopback's, and what only passes through.
        #expect(try !stale.contains(flow("198.51.100.1", 6000, answeredBy: "10.202.0.2", 53)))
        #expect(try !stale.contains(flow("198.51.100.1", 6000, answeredBy: "198.51.100.1", 6000)))
        #expect(try !stale.contains(flow("10.201.0.1", 53, answeredBy: "10.201.0.1", 53)))
        #expect(try !stale.contains(flow("127.0.0.1", 5353, answeredBy: "127.0.0.1", 5353)))
        #expect(try !stale.contains(flow("203.0.113.7", 5353, answeredBy: "203.0.113.7", 5353)))
    }
}
