import Netlink
import Testing
import Vocabulary

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

    @Test func theHostsFileHasTheOwnNamesOnly() throws {
        let plan = NetworkPlan(
            environment: "shop", networks: [try network("back", 0, isInternal: true), try network("front", 1)],
            members: [
                try member("web-1", "back", "10.201.0.2"), try member("web-1", "front", "10.201.1.2"),
                try member("db-1", "back", "10.201.0.3"),
            ])
        func lines(_ container: String, _ names: String...) throws -> [String] {
            try plan.hosts(of: container, names: names, extra: [try HostNames(IPAddress("192.0.2.9"), ["mirror"])])
                .split(separator: "\n").map(String.init).filter { $0.contains("web") || $0.contains("mirror") }
        }
        #expect(
            try lines("web-1", "web.shop", "web") == [
                "192.0.2.9\tmirror", "10.201.0.2\tweb.shop web", "10.201.1.2\tweb.shop web",
            ])
        #expect(try lines("none-1", "web") == ["192.0.2.9\tmirror", "127.0.0.1\tweb"])
        #expect(plan.reachesOut("web-1") && !plan.reachesOut("db-1") && !plan.reachesOut("none-1"))
    }

    // MARK: - IPv6 and names of links

    @Test func addressesOfIPv6FollowTheNumber() throws {
        var front = try network("front", 1)
        front.bridge.ipv6 = try IPv6Range(IPv6Network("fd00:1::/64"))
        var first = try member("web-1", "front", "10.201.1.7")
        first.linkLocalAddresses = [try IPAddress("169.254.1.1")]
        var second = try member("db-1", "front", "10.201.1.8")
        second.ipv6Address = try IPv6Address("fd00:1::99")
        let plan = NetworkPlan(
            environment: "shop", networks: [front, try network("back", 0)],
            members: [first, second, try member("web-1", "back", "10.201.0.7")])
        #expect(try plan.attachments(of: "web-1").map(\.attachment.ipv6Address?.description) == [nil, "fd00:1::7"])
        #expect(try plan.attachments(of: "db-1").map(\.attachment.ipv6Address?.description) == ["fd00:1::99"])
        #expect(plan.addresses(of: first).map(\.description) == ["10.201.1.7", "fd00:1::7"])
        #expect(front.bridge.gateways.map(\.description) == ["10.201.1.1", "fd00:1::1"])
        front.bridge.furtherIPv6Ranges = [
            try IPv6Range(IPv6Network("fd00:2::/64"), gateway: IPv6Address("fd00:2::fe"))
        ]
        second.ipv6Address = try IPv6Address("fd00:2::99")
        let several = NetworkPlan(environment: "shop", networks: [front], members: [first, second])
        #expect(several.place(of: "web-1").gateways.map(\.description) == ["10.201.1.1", "fd00:1::1"])
        #expect(several.place(of: "db-1").gateways.map(\.description) == ["10.201.1.1", "fd00:2::fe"])
        var only = front
        only.bridge.usesIPv4 = false
        let plain = NetworkPlan(environment: "shop", networks: [only], members: [first])
        #expect(plain.address(of: "web-1") == nil)
        #expect(plain.place(of: "web-1").addresses.map(\.description) == ["fd00:1::7"])
    }

    /// Each container has the gateway of its own subnet, and the rules are about all of them.
    @Test func aNetworkMayHaveSeveralSubnets() throws {
        var front = try network("front", 1)
        front.bridge.furtherRanges = [
            try IPv4Range(IPv4Network("10.202.0.0/24")),
            try IPv4Range(IPv4Network("10.203.0.0/24"), gateway: IPv4Address("10.203.0.9")),
        ]
        let members = [
            try member("web-1", "front", "10.201.1.7"), try member("web-2", "front", "10.202.0.7"),
            try member("web-3", "front", "10.203.0.7"),
        ]
        let ports = [
            NetworkPlan.Port(container: "web-3", transport: .tcp, hostPort: 8080, containerPort: 80)
        ]
        let plan = NetworkPlan(environment: "shop", networks: [front], members: members, ports: ports)
        #expect(plan.place(of: "web-1").gateways.map(\.description) == ["10.201.1.1"])
        #expect(plan.place(of: "web-2").gateways.map(\.description) == ["10.202.0.1"])
        #expect(plan.place(of: "web-3").gateways.map(\.description) == ["10.203.0.9"])
        let rules = Ruleset(state: try plan.firewall()).text
        let subnets = "{ 10.201.1.0/24, 10.202.0.0/24, 10.203.0.0/24 }"
        #expect(rules.contains("ip saddr \(subnets) oifname != "), "\(rules)")
        #expect(
            rules.contains("ip saddr \(subnets) oifname \"\(front.bridge.name)\" ct status dnat masquerade"), "\(rules)"
        )
        #expect(throws: NetworkError.self) {
            try IPv4Range(IPv4Network("10.202.0.0/24"), gateway: IPv4Address("10.1.0.1"))
        }
    }

    @Test func linksHaveTheNamesThatAreGiven() throws {
        var back = try member("web-1", "back", "10.201.0.2")
        var front = try member("web-1", "front", "10.201.1.2")
        func names() throws -> [String] {
            try NetworkPlan(
                environment: "shop", networks: [try network("back", 0), try network("front", 1)],
                members: [back, front]
            ).attachments(of: "web-1").map(\.attachment.containerInterface.rawValue)
        }
        back.interfaceName = try InterfaceName("lan0")
        #expect(try names() == ["lan0", "eth1"])
        back.interfaceName = try InterfaceName("eth1")
        #expect(try names() == ["eth1", "eth2"])
        back.interfaceName = nil
        front.interfaceName = try InterfaceName("eth0")
        #expect(try names() == ["eth1", "eth0"])
    }

    @Test func uniqueLocalSubnets() throws {
        let one = try IPv6Range.uniqueLocal(environment: "shop", network: "front")
        #expect(one == (try IPv6Range.uniqueLocal(environment: "shop", network: "front")))
        #expect(one != (try IPv6Range.uniqueLocal(environment: "shop", network: "back")))
        #expect(one.subnet.prefixLength == 64 && one.subnet.address.bytes[0] == 0xFD)
        #expect(one.gateway.bytes[15] == 1 && one.subnet.contains(one.address(numbered: 300)))
        #expect(throws: NetworkError.self) { try IPv6Range(IPv6Network("fd00::/112")) }
        #expect(throws: NetworkError.self) {
            try IPv6Range(IPv6Network("fd00::/64"), gateway: IPv6Address("fd01::1"))
        }
    }
}
