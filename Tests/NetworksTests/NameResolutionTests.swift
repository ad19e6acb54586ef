import Netlink
import Testing
import Vocabulary

@testable import Networks

@Suite(.timeLimit(.minutes(2))) struct NameResolutionTests {
    private func names(_ address: String, _ names: String...) throws -> HostNames {
        try HostNames(IPAddress(address), names)
    }

    @Test func hostsOfAContainer() throws {
        let text = HostsFile.text(
            own: [try names("10.201.0.2", "box.shop", "box"), try names("10.201.0.2", "box")],
            extra: [try names("192.0.2.9", "mirror")])
        #expect(text.hasSuffix("allrouters\n192.0.2.9\tmirror\n10.201.0.2\tbox.shop box\n"))
        #expect(text.hasPrefix("127.0.0.1\tlocalhost\n::1\tlocalhost"))
    }

    @Test(arguments: ["", "a b", "a\nb", "a#", "ü", String(repeating: "a", count: 254)])
    func wrongNames(name: String) {
        #expect(throws: NetworkError.self) { try HostNames(.v4(.any), [name]) }
    }
}

@Suite(.timeLimit(.minutes(2))) struct SocketTableTests {
    private static let heading =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    @Test func readsIPv4() throws {
        let entries = SocketEntry.parse(
            Self.heading
                + "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n"
                + "   1: 0302000A:0016 0102000A:D431 01 00000000:00000000 02:000A7214 00000000     0        0 12 2 0000000000000000 20 4 31 10 -1\n"
        )
        try #require(entries.count == 2)
        #expect(entries[0].address == .v4(.loopback))
        #expect(entries[0].port == 8080 && entries[0].inode == 4711 && entries[0].isListening)
        #expect(entries[1].address.description == "10.0.2.3" && !entries[1].isListening)
    }

    @Test func readsIPv6() throws {
        let entries = SocketEntry.parse(
            "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n"
                + "   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 98 1 0 100 0 0 10 0\n"
        )
        #expect(entries.map(\.address) == [.v6(.loopback), .v4(.loopback)])
    }

    @Test(arguments: [
        "", "a b c", "0: 0100007F 0 0A 0 0 0 0 0 5", "0: 0100007:1F90 0 0A 0 0 0 0 0 5",
        "0: 0100007F:1F90 0 XX 0 0 0 0 0 5",
        "0: 0100007F:1F90F 0 0A 0 0 0 0 0 5", "0: ZZZZZZZZ:1F90 0 0A 0 0 0 0 0 5",
    ])
    func passesOverRubbish(line: String) {
        #expect(SocketEntry(line) == nil)
    }

    @Test func whichEntriesHinder() throws {
        func entry(_ address: String, _ state: String = "0A") throws -> SocketEntry {
            try #require(SocketEntry("0: \(address):0050 0:0 \(state) 0 0 0 0 0 5"))
        }
        let any4 = try entry("00000000")
        let loopback4 = try entry("0100007F")
        let other4 = try entry("0200007F")
        let any6 = try entry(String(repeating: "0", count: 32))
        let established = try entry("0100007F", "01")
        let loopback = HostPort(.tcp, address: .v4(.loopback), port: 80)
        #expect(loopback.hindering([any4, other4, loopback4, any6, established]) == [loopback4, any4])
        #expect(loopback.hindering([other4, any6, established]) == [any6])
        #expect(HostPort(.tcp, address: .v4(.any), port: 80).hindering([other4]) == [other4])
        #expect(HostPort(.tcp, address: .v6(.any), port: 80).hindering([any4]).isEmpty)
        #expect(HostPort(.tcp, address: .v4(.loopback), port: 81).hindering([loopback4]).isEmpty)
    }
}
