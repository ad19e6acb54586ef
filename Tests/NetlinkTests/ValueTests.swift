import Netlink
import Testing

@Suite(.timeLimit(.minutes(2))) struct ValueTests {
    @Test(arguments: ["0.0.0.0", "10.201.3.4", "255.255.255.255"])
    func addressesRoundTrip(text: String) throws {
        #expect(try IPv4Address(text).description == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.+4", "1.2.3.4 ", "a.b.c.d"])
    func wrongAddresses(text: String) {
        let error = #expect(throws: NetlinkError.self) { try IPv4Address(text) }
        #expect(error?.code == .invalidValue)
        #expect(error?.message.contains("\"\(text)\"") == true)
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
        #expect(throws: NetlinkError.self) { try IPv4Network(text) }
    }

    @Test func overlapsGoBothWays() throws {
        let large = try IPv4Network("10.0.0.0/8")
        let small = try IPv4Network("10.201.3.0/24")
        let other = try IPv4Network("10.201.4.0/24")
        #expect(large.overlaps(small) && small.overlaps(large) && small.overlaps(small))
        #expect(!small.overlaps(other) && !other.overlaps(small))
    }

    @Test func macAddresses() throws {
        #expect(MACAddress(for: try IPv4Address("10.201.0.255")).description == "02:42:0a:c9:00:ff")
        #expect(try MACAddress("02:42:0A:c9:00:01").description == "02:42:0a:c9:00:01")
    }

    @Test(arguments: [
        "", "02:42:0a:c9:00", "02:42:0a:c9:00:1", "02:42:0a:c9:00:zz", "00:00:00:00:00:00", "01:00:5e:00:00:01",
        "ff:ff:ff:ff:ff:ff", "+2:42:0a:c9:00:01",
    ])
    func wrongMACAddresses(text: String) {
        #expect(throws: NetlinkError.self) { try MACAddress(text) }
    }

    @Test func interfaceNames() throws {
        #expect(try InterfaceName("tr-0123456789ab").rawValue.count == 15)
        #expect(InterfaceName(prefix: "tr-", hash: 0xFFFF_FF00_0000_00AB).rawValue == "tr-00000000ab")
    }

    @Test(arguments: ["", "0123456789abcdef", ".", "..", "a/b", "a b", "a:b", "ü", "a\u{0}", "a\"b", "a\n"])
    func wrongInterfaceNames(text: String) {
        #expect(throws: NetlinkError.self) { try InterfaceName(text) }
    }

    @Test func eitherFamily() throws {
        #expect(try IPAddress("::1").isLoopback)
        #expect(try IPAddress("127.9.9.9").isLoopback)
        #expect(try IPAddress("fd00:0:0::5").description == "fd00::5")
        #expect(try IPAddress("::").isAny)
        #expect(try IPv6Address("::ffff:10.1.2.3").mapped?.description == "10.1.2.3")
        #expect(throws: NetlinkError.self) { try IPAddress("fe80::1%eth0") }
        #expect(throws: NetlinkError.self) { try IPAddress(":") }
    }
}
