import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(1))) struct AddressTests {
    @Test(arguments: ["0.0.0.0", "10.201.3.4", "255.255.255.255"])
    func addressesRoundTrip(text: String) throws {
        #expect(try IPv4Address(text).description == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.+4", "1.2.3.4 ", "a.b.c.d"])
    func wrongAddresses(text: String) {
        let error = #expect(throws: InvalidValue.self) { try IPv4Address(text) }
        #expect(error?.value == text)
        #expect(error?.description == "`\(text)` is not an IPv4 address such as 10.1.2.3")
    }

    @Test func networks() throws {
        let network = try IPv4Network("10.201.3.0/24")
        #expect(network.description == "10.201.3.0/24")
        #expect(network[1]?.description == "10.201.3.1")
        #expect(network[256] == nil)
        #expect(network[-1] == nil)
        #expect(network.broadcast.description == "10.201.3.255")
        #expect(network.contains(try IPv4Address("10.201.3.255")))
        #expect(try !network.contains(IPv4Address("10.201.4.0")))
        #expect(try IPv4Network("0.0.0.0/0").contains(IPv4Address("255.1.2.3")))
        #expect(try IPv4Network("255.255.255.255/32").count == 1)
    }

    @Test(arguments: [
        "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/24", "10.0.0.0/24/3", "/24", "10.0.0.0/", "10.0.0.0/+8",
    ])
    func wrongNetworks(text: String) {
        #expect(throws: InvalidValue.self) { try IPv4Network(text) }
    }

    @Test func overlapsGoBothWays() throws {
        let large = try IPv4Network("10.0.0.0/8")
        let small = try IPv4Network("10.201.3.0/24")
        let other = try IPv4Network("10.201.4.0/24")
        #expect(large.overlaps(small) && small.overlaps(large) && small.overlaps(small))
        #expect(!small.overlaps(other) && !other.overlaps(small))
    }

    @Test func networksOfTheSixthVersion() throws {
        let network = try IPv6Network("fd00:1:0::/44")
        #expect(network.description == "fd00:1::/44")
        #expect(network.contains(try IPv6Address("fd00:1:f::9")))
        #expect(try !network.contains(IPv6Address("fd00:1:10::")))
        #expect(try IPv6Network("::/0").overlaps(network))
        #expect(IPv6Network(containing: try IPv6Address("fd00::7"), prefixLength: 126).description == "fd00::4/126")
    }

    @Test(arguments: ["fd00::", "fd00::/129", "fd00::1/64", "fd00::/-1", "10.0.0.0/8", "fd00::/64/1", "/64"])
    func wrongNetworksOfTheSixthVersion(text: String) {
        #expect(throws: InvalidValue.self) { try IPv6Network(text) }
    }

    @Test func eitherFamily() throws {
        #expect(try IPAddress("::1").isLoopback)
        #expect(try IPAddress("127.9.9.9").isLoopback)
        #expect(try IPAddress("fd00:0:0::5").description == "fd00::5")
        #expect(try IPAddress("::").isAny)
        #expect(try IPv6Address("::ffff:10.1.2.3").mapped?.description == "10.1.2.3")
        #expect(IPAddress([10, 1, 2, 3]) == .v4(try IPv4Address("10.1.2.3")))
        #expect(IPAddress([10, 1, 2]) == nil)
        #expect(throws: InvalidValue.self) { try IPAddress("fe80::1%eth0") }
        #expect(throws: InvalidValue.self) { try IPAddress(":") }
    }

    @Test func macAddresses() throws {
        #expect(MACAddress(for: try IPv4Address("10.201.0.255")).description == "02:42:0a:c9:00:ff")
        #expect(MACAddress(for: try IPv4Address("10.201.0.255"), series: 0x54).description == "02:54:0a:c9:00:ff")
        #expect(try MACAddress("02:42:0A:c9:00:01").description == "02:42:0a:c9:00:01")
    }

    /// The forms of six bytes that Go's `net.ParseMAC` reads.
    @Test(arguments: ["02:42:0a:c9:00:fF", "02-42-0A-c9-00-ff", "0242.0ac9.00ff"])
    func formsOfMACAddresses(text: String) throws {
        #expect(try MACAddress(text).description == "02:42:0a:c9:00:ff")
    }

    @Test(arguments: [
        "", "02:42:0a:c9:00", "02:42:0a:c9:00:1", "02:42:0a:c9:00:zz", "00:00:00:00:00:00", "01:00:5e:00:00:01",
        "ff:ff:ff:ff:ff:ff", "+2:42:0a:c9:00:01", "02:42-0a:c9-00:01", "01-00-5e-00-00-01", "0242.0ac9.000",
        "02420ac90001",
        "0242:0ac9:0001", "02.42.0a.c9.00.01", "02:42:0a:ff:fe:c9:00:01",
    ])
    func wrongMACAddresses(text: String) {
        let error = #expect(throws: InvalidValue.self) { try MACAddress(text) }
        #expect(error?.value == text)
    }
}
