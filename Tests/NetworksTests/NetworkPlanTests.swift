import Netlink
import Testing

@testable import Networks

@Suite(.timeLimit(.minutes(1))) struct NetworkPlanTests {
    private func network(_ name: String, _ number: Int, isInternal: Bool = false) throws -> NetworkPlan.Network {
        NetworkPlan.Network(
            name: name,
            bridge: try BridgeNetwork(
                name: InterfaceNaming.bridge(environment: "shop", network: name),
                subnet: IPv4Network("10.201.\(number).0/24"), group: 7),
            isInternal: isInternal)
    }

    private func member(
        _ container: String, _ network: String, _ address: String, priority: Int = 0, gateway: Int = 0
    ) throws -> NetworkPlan.Member {
        let address = try IPv4Address(address)
        return NetworkPlan.Member(
            container: container, network: network, address: address, mac: MACAddress(for: address),
            priority: priority, gatewayPriority: gateway)
    }

    /// Interface, network and address of each attachment, and a star where the default route goes.
    private func shown(_ plan: NetworkPlan, _ container: String = "web-1") throws -> [String] {
        try plan.attachments(of: container).map { planned in
            let attachment = planned.attachment
            let name = plan.networks.first { $0.bridge == planned.network }?.name ?? "?"
            return "\(attachment.containerInterface) \(name) \(attachment.address)"
                + (attachment.hasDefaultRoute ? " *" : "")
        }
    }

    private func plan(
        backIsInternal: Bool = true, back: (priority: Int, gateway: Int) = (0, 0),
        front: (priority: Int, gateway: Int) = (0, 0), isReversed: Bool = false, ports: [NetworkPlan.Port] = []
    ) throws -> NetworkPlan {
        let networks = [try network("back", 0, isInternal: backIsInternal), try network("front", 1)]
        let members = [
            try member("web-1", "back", "10.201.0.2", priority: back.priority, gateway: back.gateway),
            try member("web-1", "front", "10.201.1.2", priority: front.priority, gateway: front.gateway),
        ]
        return NetworkPlan(
            environment: "shop", networks: isReversed ? networks.reversed() : networks,
            members: isReversed ? members.reversed() : members, ports: ports)
    }

    // MARK: - Attachments

    @Test(arguments: [false, true])
    func theDefaultRouteAvoidsAnInternalNetwork(isReversed: Bool) throws {
        let plan = try plan(isReversed: isReversed)
        #expect(try shown(plan) == ["eth0 back 10.201.0.2", "eth1 front 10.201.1.2 *"])
        #expect(plan.address(of: "web-1")?.description == "10.201.1.2")
    }

    @Test func noPriorityOpensAnInternalNetwork() throws {
        let plan = try plan(back: (priority: 5, gateway: 5), front: (priority: -5, gateway: -5))
        #expect(try shown(plan) == ["eth0 back 10.201.0.2", "eth1 front 10.201.1.2 *"])
    }

    @Test func twoOpenNetworks() throws {
        func shown(
            back: (priority: Int, gateway: Int) = (0, 0), front: (priority: Int, gateway: Int) = (0, 0)
        ) throws -> [String] {
            try self.shown(plan(backIsInternal: false, back: back, front: front))
        }
        #expect(try shown() == ["eth0 back 10.201.0.2 *", "eth1 front 10.201.1.2"])
        #expect(try shown(front: (1, 0)) == ["eth0 front 10.201.1.2 *", "eth1 back 10.201.0.2"])
        #expect(try shown(back: (-1, 0)) == ["eth0 front 10.201.1.2 *", "eth1 back 10.201.0.2"])
        #expect(try shown(front: (0, 1)) == ["eth0 back 10.201.0.2", "eth1 front 10.201.1.2 *"])
        #expect(try shown(back: (0, 1), front: (1, 0)) == ["eth0 front 10.201.1.2", "eth1 back 10.201.0.2 *"])
    }

    @Test func onlyInternalNetworks() throws {
        let plan = NetworkPlan(
            environment: "shop", networks: [try network("back", 0, isInternal: true)],
            members: [try member("web-1", "back", "10.201.0.2")])
        #expect(try shown(plan) == ["eth0 back 10.201.0.2"])
        #expect(plan.address(of: "web-1")?.description == "10.201.0.2")
    }

    @Test func noNetworks() throws {
        let plan = try plan()
        #expect(try shown(plan, "other-1").isEmpty)
        #expect(plan.address(of: "other-1") == nil)
    }

    @Test func linksAreNamedByEnvironmentNetworkAndContainer() throws {
        let attachments = try plan().attachments(of: "web-1").map(\.attachment)
        #expect(
            attachments.map(\.hostInterface)
                == ["back", "front"].map {
                    InterfaceNaming.veth(environment: "shop", network: $0, container: "web-1")
                })
        #expect(attachments.map(\.mac.description) == ["02:42:0a:c9:00:02", "02:42:0a:c9:01:02"])
    }

    // MARK: - Packet filter

    private let port = NetworkPlan.Port(container: "web-1", transport: .tcp, hostPort: 8080, containerPort: 80)

    @Test(arguments: [false, true])
    func aPortLeadsToTheOpenNetwork(isReversed: Bool) throws {
        let firewall = try plan(isReversed: isReversed, ports: [port]).firewall()
        #expect(firewall.ports.map(\.description) == ["8080→10.201.1.2:80/tcp"])
        #expect(firewall.networks.map(\.isInternal).sorted { !$0 && $1 } == [false, true])
        #expect(firewall.environment == "shop")
    }

    @Test func aPortFollowsThePriorityOfTheGateway() throws {
        let firewall = try plan(backIsInternal: false, front: (0, 1), ports: [port]).firewall()
        #expect(firewall.ports.map(\.description) == ["8080→10.201.1.2:80/tcp"])
    }

    @Test func aPortOnInternalNetworksOnlyIsRefused() throws {
        let plan = NetworkPlan(
            environment: "shop", networks: [try network("back", 0, isInternal: true)],
            members: [try member("web-1", "back", "10.201.0.2")], ports: [port])
        let error = #expect(throws: NetworkError.self) { try plan.firewall() }
        #expect(error?.code == .invalidValue)
    }

    @Test func aNetworkThatGoesTakesItsPortsAlong() throws {
        let plan = try plan(ports: [port])
        #expect(try plan.removing("back").firewall().ports.map(\.hostPort) == [8080])
        let left = try plan.removing("front").firewall()
        #expect(left.ports.isEmpty)
        #expect(left.networks.map(\.isInternal) == [true])
        #expect(try plan.removing("front").removing("back").firewall().networks.isEmpty)
    }

    // MARK: - Names

    @Test func namesLeadToSharedNetworksOnly() throws {
        let plan = NetworkPlan(
            environment: "shop", networks: [try network("back", 0, isInternal: true), try network("front", 1)],
            members: [
                try member("web-1", "back", "10.201.0.2"), try member("web-1", "front", "10.201.1.2"),
                try member("db-1", "back", "10.201.0.3"), try member("proxy-1", "front", "10.201.1.4"),
            ])
        let names = ["web-1": ["web", "web-1"], "db-1": ["db"], "proxy-1": ["proxy"]]
        func lines(_ container: String) throws -> [String] {
            try plan.hosts(of: container, names: names).split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("10.") }
        }
        #expect(
            try lines("web-1") == [
                "10.201.0.2\tweb web-1", "10.201.1.2\tweb web-1",
                "10.201.1.1\thost.docker.internal host.trice.internal", "10.201.0.3\tdb", "10.201.1.4\tproxy",
            ])
        #expect(
            try lines("db-1") == [
                "10.201.0.3\tdb", "10.201.0.1\thost.docker.internal host.trice.internal", "10.201.0.2\tweb web-1",
            ])
        #expect(
            try lines("proxy-1") == [
                "10.201.1.4\tproxy", "10.201.1.1\thost.docker.internal host.trice.internal",
                "10.201.1.2\tweb web-1",
            ])
    }
}
