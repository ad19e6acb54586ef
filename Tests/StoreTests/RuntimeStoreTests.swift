import Store
import Testing

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
        try store.deleteEnvironment(id: "e1")
        #expect(try store.environmentIDs() == ["e2"])
        #expect(try store.records(environmentID: "e1") == RuntimeRecords())
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
        #expect(try store.claimSubnet("e1", "a", candidates)?.subnet == "10.5.0.0/24")
        #expect(
            try store.claimSubnet("e2", "a", ["10.5.0.128/25", "10.0.0.0/8", "10.5.1.0/24"])?.subnet == "10.5.1.0/24")
        #expect(try store.claimSubnet("e2", "b", candidates) == nil)
        #expect(code { _ = try store.claimSubnet("e1", "a", ["10.6.0.0/24"]) } == .exists)
        try store.deleteNetwork(environmentID: "e1", name: "a")
        #expect(try store.claimSubnet("e2", "b", candidates)?.subnet == "10.5.0.0/24")
    }

    @Test(arguments: [
        "", "10.5.0.0", "10.5.0.0/", "10.5.0.1/24", "10.5.0/24", "10.5.0.0/33", "10.5.0.0/7", "10.5.0.0/30",
        "256.0.0.0/8", "010.0.0.0/8", "10.5.0.0/+24", "10.5.0.0/24/1", "10.5.0.0/²4", "a.b.c.d/24", "10..0.0/24",
    ])
    func badSubnets(text: String) {
        #expect(code { _ = try store.claimSubnet("e1", "a", [text]) } == .invalid)
    }

    @Test func badBridgeNames() {
        for name in ["", "sixteen-bytes-xx"] {
            #expect(
                code {
                    _ = try store.claimSubnet(
                        environmentID: "e", network: "n", bridge: name, linkGroup: 1, configuration: "",
                        candidates: ["10.0.0.0/24"])
                } == .invalid)
        }
    }

    @Test func addresses() throws {
        #expect(
            code { _ = try store.claimAddress(environmentID: "e1", network: "n", service: "a", number: 1) } == .missing)
        _ = try store.claimSubnet("e1", "n", ["10.5.3.8/29"])
        #expect(
            code { _ = try store.claimAddress(environmentID: "e1", network: "n", service: "a", number: 1) } == .missing)
        func claim(_ service: String) throws -> AddressRecord? {
            try store.claimAddress(environmentID: "e1", network: "n", service: service, number: 1)
        }
        for service in ["a", "b", "c", "d", "e", "f"] { try store.insert(containerRecord(service)) }
        #expect(try claim("a")?.address == "10.5.3.10")
        #expect(try claim("a")?.macAddress == "02:54:0a:05:03:0a")
        #expect(try claim("b")?.address == "10.5.3.11")
        #expect(try claim("c")?.address == "10.5.3.12")
        try store.deleteContainer(environmentID: "e1", service: "b", number: 1)
        #expect(try claim("d")?.address == "10.5.3.11")
        #expect(try claim("e")?.address == "10.5.3.13")
        #expect(try claim("f")?.address == "10.5.3.14")
        try store.insert(containerRecord("g"))
        #expect(try claim("g") == nil)
    }

    @Test func portsAreHeldAcrossEnvironments() throws {
        #expect(code { _ = try store.claimPort("e1", "web", 80...80) } == .missing)
        for id in ["e1", "e2"] { try store.insert(containerRecord("web", environment: id)) }
        let first = try #require(try store.claimPort("e1", "web", 8080...8082))
        #expect(first.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8082)?.hostPort == 8081)
        #expect(try store.claimPort("e2", "web", 8080...8081) == nil)
        #expect(try store.claimPort("e2", "web", 8080...8080, transport: "udp")?.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8080, address: "10.0.0.1")?.hostPort == 8080)
        #expect(try store.claimPort("e2", "web", 8080...8083, address: "any")?.hostPort == 8082)
        #expect(try store.claimPort("e1", "web", 8082...8082, address: "10.0.0.1") == nil)
        #expect(
            try store.portHolders(hostAddress: "loopback", hostPort: 8080, transportProtocol: "tcp") == [first])
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
        #expect(try fixture.runtime(bootID: "boot-2").environmentIDs() == ["e1"])
    }
}
