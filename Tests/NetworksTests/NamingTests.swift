import Netlink
import Testing
import Vocabulary

@testable import Networks

@Suite(.timeLimit(.minutes(2))) struct NamingTests {
    @Test func namesAreTheSameInEveryProcess() {
        // Fixed here because a later process must find what an earlier one made.
        #expect(InterfaceNaming.bridge(environment: "web-1a2b", network: "default").rawValue == "tr-b4ba9375ab")
        #expect(
            InterfaceNaming.veth(environment: "web-1a2b", network: "default", container: "db-1").rawValue
                == "tv-c9505080a1")
        #expect(InterfaceNaming.group(environment: "web-1a2b") == 0x7408_C98D)
    }

    @Test func everyPartCounts() {
        var names: Set<InterfaceName> = []
        for environment in 0..<100 {
            for network in 0..<20 {
                names.insert(InterfaceNaming.bridge(environment: "e\(environment)", network: "n\(network)"))
            }
        }
        #expect(names.count == 2000)
        #expect(
            InterfaceNaming.bridge(environment: "ab", network: "c")
                != InterfaceNaming.bridge(environment: "a", network: "bc"))
        #expect(
            InterfaceNaming.veth(environment: "a", network: "b", container: "").rawValue.dropFirst(3)
                != InterfaceNaming.bridge(environment: "a", network: "b").rawValue.dropFirst(3))
    }

    @Test func groupsStayInTheirRange() {
        for number in 0..<1000 {
            #expect((0x7400_0000...0x74FF_FFFF).contains(InterfaceNaming.group(environment: "\(number)")))
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct AddressPoolTests {
    private func networks(_ texts: String...) throws -> [IPv4Network] {
        try texts.map { try IPv4Network($0) }
    }

    @Test func startsAtTheFirstRange() throws {
        let candidates = AddressPool.standard.candidates(avoiding: [])
        #expect(candidates.first?.description == "10.201.0.0/24")
        #expect(candidates[256].description == "10.202.0.0/24")
        #expect(candidates.last?.description == "192.168.255.0/24")
        #expect(Set(candidates).count == candidates.count)
    }

    @Test func avoidsWhatOverlapsEitherWay() throws {
        let taken = try networks("10.201.0.7/32", "10.201.1.0/24", "10.201.2.0/23", "10.201.4.128/25")
        let candidates = AddressPool.standard.candidates(avoiding: taken)
        #expect(candidates.first?.description == "10.201.5.0/24")
    }

    @Test func aLargerNetworkHidesAWholeRange() throws {
        #expect(
            try AddressPool.standard.candidates(avoiding: networks("10.0.0.0/8")).first?.description == "172.29.0.0/24")
        #expect(
            try AddressPool.standard.candidates(
                avoiding: networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
            ).isEmpty)
    }

    @Test func defaultRoutesHinderNothing() throws {
        let candidates = try AddressPool.standard.candidates(
            avoiding: networks("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"))
        #expect(candidates.first?.description == "10.201.0.0/24")
    }

    @Test func aRangeSmallerThanASubnetGivesNone() throws {
        #expect(AddressPool(ranges: try networks("10.1.2.0/25"), prefixLength: 24).candidates(avoiding: []).isEmpty)
        #expect(AddressPool(ranges: try networks("10.1.2.0/24"), prefixLength: 26).candidates(avoiding: []).count == 4)
    }
}
