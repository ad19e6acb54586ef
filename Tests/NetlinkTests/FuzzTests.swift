import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Netlink

/// The reader of the kernel's answers with answers that no kernel sends: it reads them or says that they are malformed.
@Suite(.timeLimit(.minutes(5))) struct FuzzTests {
    /// A flow from 10.0.0.2:40000 to 192.0.2.2:53 over UDP that is answered by 10.0.0.3:53.
    private static let flow: [UInt8] = {
        var request = Request("a flow", kind: 0x100)
        for byte: UInt8 in [2, 0, 0, 0] { request.append(byte) }
        let ways: [(UInt16, [UInt8], [UInt8])] = [
            (1, [10, 0, 0, 2, 192, 0, 2, 2], [0x9C, 0x40, 0, 53]),
            (2, [10, 0, 0, 3, 10, 0, 0, 2], [0, 53, 0x9C, 0x40]),
        ]
        for (kind, addresses, ports) in ways {
            request.nest(kind) { tuple in
                tuple.nest(UInt16(1)) {
                    $0.attribute(UInt16(1), bytes: Array(addresses.prefix(4)))
                    $0.attribute(UInt16(2), bytes: Array(addresses.suffix(4)))
                }
                tuple.nest(UInt16(2)) {
                    $0.attribute(UInt16(1), integer: UInt8(17))
                    $0.attribute(UInt16(2), bytes: Array(ports.prefix(2)))
                    $0.attribute(UInt16(3), bytes: Array(ports.suffix(2)))
                }
            }
        }
        return request.bytes(sequence: 7, extraFlags: 0)
    }()

    private static let corpus = [
        Captures.link, Captures.address, Captures.routes, Captures.refusal, flow,
    ]

    @Test func theCorpusIsRead() throws {
        for bytes in Self.corpus {
            let messages = try Message.parse(bytes[...])
            #expect(!messages.isEmpty)
        }
        let message = try #require(try Message.parse(Self.flow[...]).first)
        let flow = try #require(try TrackedFlow(message))
        let server = try IPv4Address("10.0.0.3")
        #expect(flow.original.destinationPort == 53 && flow.reply.source == server)
    }

    @Test(arguments: UInt64(1)...20) func damagedAnswersAreReadOrRefused(seed: UInt64) throws {
        var mutator = FuzzMutator(seed: seed, signs: "\u{1}\u{2}\u{4}\u{8}\u{10}\u{14}\u{18}\u{80}")
        for _ in 0..<2000 {
            let bytes = mutator.damaged(Self.corpus)
            do throws(NetlinkError) {
                let messages = try Message.parse(bytes[...])
                // Nothing is read that was not there.
                #expect(messages.reduce(0) { $0 + $1.payload.count + Message.headerLength } <= bytes.count)
                for message in messages { try read(message) }
            } catch {
                #expect(error.code == .malformed, "\(error) for \(bytes)")
            }
        }
    }

    /// Reads a message as whatever it may be.
    private func read(_ message: Message) throws(NetlinkError) {
        if let link = try message.link() {
            #expect(!link.name.utf8.contains(0))
            #expect(link.name.utf8.count <= message.payload.count)
        }
        if let address = try message.address() { #expect([4, 16].contains(address.address.bitCount / 8)) }
        if let route = try message.route() { #expect((0...255).contains(route.prefixLength)) }
        if let flow = try TrackedFlow(message) { #expect(Transport.allCases.contains(flow.transport)) }
        // Whatever came in its place, an acknowledgement says that all is well or why not.
        let acknowledgement = try Acknowledgement(message)
        #expect(acknowledgement.errno?.rawValue != 0)
    }
}
