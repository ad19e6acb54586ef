import CLinux
import SystemPackage
import Testing
import Vocabulary

@testable import Netlink

@Suite(.timeLimit(.minutes(2))) struct CodecTests {
    @Test func readsALinkOfTheKernel() throws {
        let message = try #require(try Message.parse(Captures.link[...]).first)
        #expect(message.sequence == 7)
        let link = try #require(try message.link())
        #expect(link.name == "v0")
        #expect(link.index == 4)
        #expect(link.kind == "veth")
        #expect(link.isUp)
        #expect(link.master == 2)
        #expect(link.group == 77)
        #expect(link.mtu == 1500)
        #expect(link.isHairpin == true)
        #expect(link.mac?.bytes.count == 6)
        #expect(try message.address() == nil)
        #expect(try message.route() == nil)
    }

    @Test func readsAnAddressOfTheKernel() throws {
        let address = try #require(try Message.parse(Captures.address[...]).first?.address())
        #expect(address.link == 2)
        #expect(address.address == .v4(try IPv4Address("10.201.0.1")))
        #expect(address.network?.description == "10.201.0.0/24")
    }

    @Test func readsRoutesOfAllTables() throws {
        let routes = try Message.parse(Captures.routes[...]).compactMap { try $0.route() }
        #expect(
            routes.map { "\($0.table) \($0.destination)/\($0.prefixLength) \($0.gateway?.description ?? "-")" } == [
                "1234 192.168.50.0/24 10.201.0.9", "254 0.0.0.0/0 10.201.0.2", "254 10.201.0.0/24 -",
                "255 10.201.0.1/32 -", "255 10.201.0.255/32 -",
            ])
        #expect(routes.allSatisfy { $0.link == 2 })
    }

    @Test func readsRefusals() throws {
        let plain = try Acknowledgement(try #require(try Message.parse(Captures.refusal[...]).first))
        #expect(plain.errno == .operationNotSupportedByDevice)
        #expect(plain.explanation == nil)
        let explained = try Acknowledgement(try #require(try Message.parse(Captures.explainedRefusal[...]).first))
        #expect(explained.errno == .notSupported)
        #expect(explained.explanation == "Unknown device type")
    }

    @Test func wholeRequestBeforeTheExplanationIsSkipped() throws {
        // Without NLM_F_CAPPED the request of 20 bytes comes back whole.
        var bytes: [UInt8] = []
        bytes.append(integer: Int32(-17))
        bytes.append(integer: UInt32(20))
        bytes += [UInt8](repeating: 0xEE, count: 16)
        bytes += [8, 0, 1, 0, 0x68, 0x69, 0, 0]
        let message = Message(kind: Int(NLMSG_ERROR), flags: NLM_F_ACK_TLVS, sequence: 1, payload: bytes[...])
        let end = try Acknowledgement(message)
        #expect(end.errno == .fileExists)
        #expect(end.explanation == "hi")
    }

    @Test(arguments: Captures.all)
    func truncationNeverTraps(datagram: [UInt8]) throws {
        for count in 0..<datagram.count {
            Self.readEverything(datagram.prefix(count))
        }
    }

    @Test(arguments: Captures.all)
    func damageNeverTraps(datagram: [UInt8]) {
        var random = Xorshift(state: 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<4000 {
            var damaged = datagram
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                damaged[place] =
                    [0, 1, 3, 4, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            Self.readEverything(damaged[...])
        }
    }

    @Test func lengthsOutsideAreRefused() throws {
        #expect(throws: NetlinkError.self) { try Message.parse([15, 0, 0, 0] + [UInt8](repeating: 0, count: 12)) }
        #expect(throws: NetlinkError.self) { try Message.parse([17, 0, 0, 0] + [UInt8](repeating: 0, count: 12)) }
        #expect(throws: NetlinkError.self) {
            try Message.parse([0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 12))
        }
        #expect(throws: NetlinkError.self) { try Attributes([3, 0, 1, 0]) }
        #expect(throws: NetlinkError.self) { try Attributes([9, 0, 1, 0, 1, 2, 3, 4]) }
        #expect(try Attributes([4, 0, 1, 0])[1]?.isEmpty == true)
    }

    @Test func lastAttributeNeedsNoPadding() throws {
        #expect(try Attributes([5, 0, 1, 0, 42]).integer(1, as: UInt8.self) == 42)
        #expect(try Attributes([5, 0, 1, 0, 42]).integer(1, as: UInt32.self) == nil)
    }

    @Test func encodesAlignedAndNestedAttributes() throws {
        var request = Request("test", kind: 16)
        request.attribute(3, text: "ab")
        request.nest(18) { $0.attribute(1, bytes: [1, 2, 3, 4, 5]) }
        let bytes = request.bytes(sequence: 9, extraFlags: NLM_F_ACK)
        #expect(
            bytes == [
                40, 0, 0, 0, 16, 0, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0,
                7, 0, 3, 0, 0x61, 0x62, 0, 0,
                16, 0, 18, 0x80, 9, 0, 1, 0, 1, 2, 3, 4, 5, 0, 0, 0,
            ])
    }

    private static func readEverything(_ datagram: ArraySlice<UInt8>) {
        // Refusing is right as often as reading; only a trap would be wrong.
        for message in (try? Message.parse(datagram)) ?? [] {
            _ = try? message.link()
            _ = try? message.address()
            _ = try? message.route()
            _ = try? Acknowledgement(message)
        }
    }
}

/// The same numbers in every run.
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
