import Store
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct RuntimeStoreTests {
    private let fixture: Fixture
    private let store: RuntimeStore

    init() throws {
        fixture = try Fixture()
        store = try fixture.runtime()
    }

    @Test func containers() throws {
        var record = containerRecord("web")
        try store.insert(record)
        #expect(code { try store.insert(record) } == .exists)
        var twin = containerRecord("other")
        twin.runtimeID = record.runtimeID
        #expect(code { try store.insert(twin) } == .exists)
        record.state = .created
        record.exitCode = -1
        try store.update(record)
        #expect(try fixture.runtime().records(environmentID: "e1").containers == [record])
        #expect(code { try store.update(containerRecord("gone")) } == .missing)
        #expect(try store.deleteContainer(environmentID: "e1", service: "web", number: 1))
        #expect(try !store.deleteContainer(environmentID: "e1", service: "web", number: 1))
        #expect(try store.records(environmentID: "e1") == RuntimeRecords())
    }

    @Test func recordsOfAnEnvironment() throws {
        let group = try store.claimLinkGroup(environmentID: "e1")
        let network = try #require(try store.claimSubnet("e1", "default", ["10.5.3.0/24"]))
        try store.insert(containerRecord("web"))
        try store.insert(containerRecord("web", environment: "e2"))
        let address = try #require(
            try store.claimAddress(environmentID: "e1", network: "default", service: "web", number: 1))
        let port = try #require(try store.claimPort("e1", "web", 8080...8081))
        #expect(
            try store.records(environmentID: "e1")
                == RuntimeRecords(
                    networks: [network], containers: [containerRecord("web")], addresses: [address],
                    publishedPorts: [port], linkGroup: group))
        #expect(try store.environmentIDs() == ["e1", "e2"])
        try store.insert(containerRecord("db"))
        _ = try store.claimAddress(environmentID: "e1", network: "default", service: "db", number: 1)
        #expect(
            try store.records(environmentID: "e1", service: "web", number: 1)
                == RuntimeRecords(
                    networks: [network], containers: [containerRecord("web")], addresses: [address],
                    publishedPorts: [port], linkGroup: group))
        #expect(
            try store.records(environmentID: "e1", service: "web", number: 2)
                == RuntimeRecords(networks: [network], linkGroup: group))
        #expect(try store.container(environmentID: "e1", service: "db", number: 1) == containerRecord("db"))
        #expect(try store.container(environmentID: "e1", service: "db", number: 2) == nil)
        #expect(try store.networks(environmentID: "e1") == [network])
        try store.deleteEnvironment(id: "e1")
        #expect(try store.environmentIDs() == ["e2"])
        #expect(try store.records(environmentID: "e1") == RuntimeRecords())
    }

    @Test func addressesAsTheyAreWanted() throws {
        _ = try store.claimSubnet("e1", "default", ["10.5.3.0/24"])
        func claim(_ service: ServiceName, _ request: AddressRequest) throws -> String? {
            try store.insert(containerRecord(service))
            return try store.claimAddress(
                environmentID: "e1", network: "default", service: service, number: 1, request)?.address.description
        }
        let avoided: Set<IPv4Address> = [try IPv4Address("10.5.3.2"), try IPv4Address("10.5.3.4")]
        #expect(try claim("a", AddressRequest(avoided: avoided)) == "10.5.3.3")
        #expect(try claim("b", AddressRequest(avoided: avoided)) == "10.5.3.5")
        #expect(try claim("c", AddressRequest(address: IPv4Address("10.5.3.4"))) == "10.5.3.4")
        #expect(try claim("d", AddressRequest(address: IPv4Address("10.5.3.4"))) == nil)
        #expect(try claim("e", AddressRequest(address: IPv4Address("10.5.4.4"))) == nil)
        #expect(try claim("f", AddressRequest(range: IPv4Network("10.5.3.64/30"))) == "10.5.3.64")
        #expect(try claim("g", AddressRequest(range: IPv4Network("10.5.3.64/30"), avoided: avoided)) == "10.5.3.65")
        let low = try IPv4Network("10.5.3.0/29")
        #expect(try claim("h", AddressRequest(range: low, avoided: [IPv4Address("10.5.3.1")])) == "10.5.3.2")
        #expect(try claim("i", AddressRequest(range: low, avoided: avoided)) == "10.5.3.1")
        let settings = AddressSettings(
            ipv6Address: try IPv6Address("fd00::5"), linkLocalAddresses: [try IPAddress("169.254.1.1")],
            interfaceName: "lan")
        let mac = try MACAddress("02:42:ac:11:00:09")
        try store.insert(containerRecord("z"))
        let made = try store.claimAddress(
            environmentID: "e1", network: "default", service: "z", number: 1,
            AddressRequest(macAddress: mac, settings: settings))
        #expect(made?.macAddress == mac && made?.settings == settings)
        #expect(try store.records(environmentID: "e1").addresses.contains { $0 == made })
    }

    @Test func severalEnvironmentsHaveOneBridge() throws {
        let owner = try #require(try store.claimSubnet("e1", "default", ["10.5.3.0/24"]))
        try store.markNetworkCreated(environmentID: "e1", name: "default")
        let joined = try store.joinNetwork(
            environmentID: "e2", network: "shared", of: owner, linkGroup: 7, configuration: "{}")
        #expect(joined.bridge == owner.bridge && joined.ownerID == "e1" && joined.linkGroup == 7)
        #expect(try store.records(environmentID: "e2").networks == [joined])
        #expect(try store.users(ofNetwork: "default", environmentID: "e1") == ["e2"])
        #expect(try store.others(onBridge: owner.bridge, than: "e2").map(\.environmentID) == ["e1"])
        // Nobody gets an address twice, and nobody gets the subnet.
        var addresses: [String] = []
        for (environment, network) in [("e1", "default"), ("e2", "shared"), ("e1", "default")]
            as [(EnvironmentID, NetworkName)]
        {
            let record = containerRecord("web", environment: environment, number: addresses.count + 1)
            try store.insert(record)
            let claimed = try store.claimAddress(
                environmentID: environment, network: network, service: "web", number: addresses.count + 1)
            addresses.append(try #require(claimed?.address.description))
        }
        #expect(addresses == ["10.5.3.2", "10.5.3.3", "10.5.3.4"])
        #expect(try store.claimSubnet("e3", "default", ["10.5.3.0/24"]) == nil)
        // The one that made it stays as long as it is used.
        try store.deleteContainer(environmentID: "e1", service: "web", number: 1)
        try store.deleteContainer(environmentID: "e1", service: "web", number: 3)
        #expect(code { try store.deleteNetwork(environmentID: "e1", name: "default") } == .inUse)
        try store.deleteEnvironment(id: "e2")
        #expect(try store.deleteNetwork(environmentID: "e1", name: "default"))
        #expect(
            code {
                _ = try store.joinNetwork(
                    environmentID: "e2", network: "shared", of: owner, linkGroup: 7, configuration: "{}")
            } == .missing)
    }

    @Test func networkStates() throws {
        #expect(code { try store.markNetworkCreated(environmentID: "e1", name: "default") } == .missing)
        let made = try store.claimSubnet("e1", "default", ["10.5.3.0/24"])
        #expect(made?.state == .creating)
        try store.markNetworkCreated(environmentID: "e1", name: "default")
        #expect(try store.records(environmentID: "e1").networks.first?.state == .created)
        try store.insert(containerRecord("web"))
        _ = try store.claimAddress(environmentID: "e1", network: "default", service: "web", number: 1)
        #expect(code { try store.deleteNetwork(environmentID: "e1", name: "default") } == .inUse)
        try store.deleteContainer(environmentID: "e1", service: "web", number: 1)
        #expect(try store.deleteNetwork(environmentID: "e1", name: "default"))
        #expect(try !store.deleteNetwork(environmentID: "e1", name: "default"))
    }

    @Test func subnetsDoNotOverlap() throws {
        let candidates = ["10.5.0.0/24", "10.5.1.0/24"]
        #expect(try store.claimSubnet("e1", "a", candidates)?.subnet.description == "10.5.0.0/24")
        #expect(
            try store.claimSubnet("e2", "a", ["10.5.0.128/25", "10.0.0.0/8", "10.5.1.0/24"])?.subnet.description
                == "10.5.1.0/24")
        #expect(try store.claimSubnet("e2", "b", candidates) == nil)
        #expect(code { _ = try store.claimSubnet("e1", "a", ["10.6.0.0/24"]) } == .exists)
        try store.deleteNetwork(environmentID: "e1", name: "a")
        #expect(try store.claimSubnet("e2", "b", candidates)?.subnet.description == "10.5.0.0/24")
    }

    @Test(arguments: [
        "", "10.5.0.0", "10.5.0.0/", "10.5.0.1/24", "10.5.0/24", "10.5.0.0/33", "10.5.0.0/7", "10.0.0.0/7",
        "10.5.0.0/30",
        "256.0.0.0/8", "010.0.0.0/8", "10.5.0.0/+24", "10.5.0.0/24/1", "10.5.0.0/²4", "a.b.c.d/24", "10..0.0/24",
    ])
    func badSubnets(text: String) {
        // What is a subnet at all and has no size for containers is refused here.
        guard let subnet = IPv4Network(parsing: text) else { return }
        #expect(code { _ = try store.claimSubnet("e1", "a", ["\(subnet)"]) } == .invalid)
    }

    @Test func badBridgeNames() {
        for name in ["", "sixteen-bytes-xx"] {
            #expect(
                code {
                    _ = try store.claimSubnet(
                        environmentID: "e", network: "n", bridge: name, linkGroup: 1, configuration: "",
                        candidates: [try IPv4Network("10.0.0.0/24")])
                } == .invalid)
        }
    }

    @Test func addresses() throws {
        #expect(
            code { _ = try store.claimAddress(environmentID: "e1", network: "n", service: "a", number: 1) } == .missing)
        _ = try store.claimSubnet("e1", "n", ["10.5.3.8/29"])
        #expect(
            code { _ = try store.claimAddress(environmentID: "e1", network: "n", service: "a", number: 1) } == .missing)
        func claim(_ service: ServiceName) throws -> AddressRecord? {
            try store.claimAddress(environmentID: "e1", network: "n", service: service, number: 1)
        }
        for service in ["a", "b", "c", "d", "e", "f"] as [ServiceName] { try store.insert(containerRecord(service)) }
        #expect(try claim("a")?.address.description == "10.5.3.10")
        #expect(try claim("a")?.macAddress.description == "02:54:0a:05:03:0a")
        #expect(try claim("b")?.address.description == "10.5.3.11")
        #expect(try claim("c")?.address.description == "10.5.3.12")
        try store.deleteContainer(environmentID: "e1", service: "b", number: 1)
        #expect(try claim("d")?.address.description == "10.5.3.11")
        #expect(try claim("e")?.address.description == "10.5.3.13")
        #expect(try claim("f")?.address.description == "10.5.3.14")
        try store.insert(containerRecord("g"))
        #expect(try claim("g") == nil)
    }

    @Test func portsAreHeldAcrossEnvironments() throws {
        #expect(code { _ = try store.claimPort("e1", "web", 80...80) } == .missing)
        for id in ["e1", "e2"] as [EnvironmentID] { try store.insert(containerRecord("web", environment: id)) }
        let first = try #require(try store.claimPort("e1", "web", 8080...8082))
        #expect(first.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8082)?.hostPort == 8081)
        #expect(try store.claimPort("e2", "web", 8080...8081) == nil)
        var wanted = [first, first]
        wanted[0].environmentID = "e2"
        wanted[1].environmentID = "e2"
        wanted[1].hostPort = 9090
        #expect(try store.claimPorts(wanted) == [false, true])
        #expect(try store.claimPorts(wanted) == [false, false])
        #expect(try store.claimPorts([]) == [])
        #expect(try store.claimPort("e2", "web", 8080...8080, transport: .udp)?.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8080, address: try HostAddress("10.0.0.1"))?.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8083, address: .any)?.hostPort == 8082)
        #expect(try store.claimPort("e1", "web", 8082...8082, address: try HostAddress("10.0.0.1")) == nil)
        #expect(
            try store.portHolders(hostAddress: .loopback, hostPort: 8080, transportProtocol: .tcp) == [first])
        #expect(try store.releasePort(first))
        #expect(try !store.releasePort(first))
        #expect(try store.claimPort("e2", "web", 8080...8080)?.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 65535...65535)?.hostPort == 65535)
    }

    @Test func linkGroups() throws {
        #expect(try store.claimLinkGroup(environmentID: "e1") == 1000)
        #expect(try store.claimLinkGroup(environmentID: "e2") == 1001)
        #expect(try store.claimLinkGroup(environmentID: "e1") == 1000)
        #expect(try store.releaseLinkGroup(environmentID: "e1"))
        #expect(try !store.releaseLinkGroup(environmentID: "e1"))
        #expect(try store.claimLinkGroup(environmentID: "e3") == 1000)
        #expect(try store.claimLinkGroup(environmentID: "e4") == 1002)
        #expect(try store.claimLinkGroup(environmentID: "e5", from: 7000) == 7000)
        #expect(try store.claimLinkGroup(environmentID: "e6", from: 7000) == 7001)
        #expect(try store.claimLinkGroup(environmentID: "e5", from: 9000) == 7000)
    }

    @Test func aRebootForgets() throws {
        try store.insert(containerRecord("web"))
        _ = try store.claimSubnet("e1", "a", ["10.0.0.0/24"])
        _ = try store.claimLinkGroup(environmentID: "e1")
        #expect(try fixture.runtime(bootID: "boot-1").environmentIDs() == ["e1"])
        #expect(try fixture.runtime(bootID: "boot-2").environmentIDs().isEmpty)
        #expect(try fixture.runtime(bootID: "boot-2").environmentIDs().isEmpty)
        try fixture.runtime(bootID: "boot-2").insert(containerRecord("web"))
        var count = 0
        for boot in ["boot-2", "boot-3", "boot-3"] {
            _ = try RuntimeStore(path: fixture.runtimePath, bootID: boot) { count += 1 }
        }
        #expect(count == 1, "what else is left goes once")
        _ = try RuntimeStore(path: fixture.directory + "/new.db", bootID: "boot-3") { count += 1 }
        #expect(count == 1, "nothing is left of no boot")
        // A failure leaves the records for the next try.
        struct Stuck: Error {}
        #expect(throws: (any Error).self) {
            try RuntimeStore(path: fixture.runtimePath, bootID: "boot-4") { throw Stuck() }
        }
        _ = try RuntimeStore(path: fixture.runtimePath, bootID: "boot-4") { count += 1 }
        #expect(count == 2)
        try fixture.runtime(bootID: "boot-2").insert(containerRecord("web"))
        #expect(try fixture.runtime(bootID: "boot-2").environmentIDs() == ["e1"])
    }
}
