import TestSupport
import Testing
import Vocabulary

@testable import Names

@Suite(.timeLimit(.minutes(2))) struct MessageTests {
    private func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

    @Test func names() throws {
        #expect(try name("Web.Example.").key == "web.example")
        #expect(try name("Web.Example") == name("web.EXAMPLE"))
        #expect(try name("").labels.isEmpty && name(".").description == ".")
        #expect(DomainName("a..b") == nil && DomainName(String(repeating: "a", count: 64)) == nil)
        #expect(DomainName(Array(repeating: "abcdefg", count: 33).joined(separator: ".")) == nil)
        #expect(DomainName(labels: [Array("a.b".utf8), [0, 0xFF]])?.description == "a\\.b.\\000\\255")
    }

    /// The bytes of a question that dig 9.18 sends for `example.com`, recursion wanted, with an OPT record.
    @Test func readsAndWritesAQuestion() throws {
        let bytes: [UInt8] =
            [0xAB, 0xCD, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1, 7] + Array("example".utf8) + [3] + Array("com".utf8)
            + [0, 0, 1, 0, 1, 0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0]
        let message = try Message(bytes)
        #expect(message.id == 0xABCD && message.wantsRecursion && !message.isResponse && message.otherFlags == 2)
        #expect(message.questions == [Question(try name("example.com"), .a)])
        #expect(message.extensions == Message.Extensions(payloadSize: 1232))
        #expect(message.encoded() == bytes)
    }

    /// The bytes of an answer of RFC 1035's form: the second name is a pointer, and so is a part of the alias.
    @Test func readsCompressedNames() throws {
        let bytes: [UInt8] =
            [0, 1, 0x85, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 3] + Array("www".utf8) + [1, 0x61, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 6, 3] + Array("web".utf8) + [0xC0, 16]
            + [0xC0, 35, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 7]
        let message = try Message(bytes)
        #expect(message.isAuthoritative && message.offersRecursion && message.isResponse)
        #expect(message.answers[0].pointer == (try name("web.a")))
        #expect(message.answers[1].name == (try name("web.a")))
        #expect(message.answers[1].address == IPAddress(parsing: "10.0.0.7"))
        #expect(message.answers[1].timeToLive == 60)
        #expect(try Message(message.encoded()) == message)
    }

    @Test func writesPointersToEarlierNames() throws {
        var message = Message(id: 7)
        message.questions = [Question(try name("web.shop"), .a)]
        for number in 1...3 {
            let address = try IPAddress("10.0.0.\(number)")
            message.answers.append(ResourceRecord(name: try name("web.shop"), address: address))
        }
        // Header, question and three records of a pointer, type, class, time, length and address.
        #expect(message.encoded().count == 12 + 14 + 3 * 16)
        #expect(try Message(message.encoded()) == message)
    }

    @Test(arguments: [512, 100, 45, 42, 30])
    func isShortenedToTheLimit(limit: Int) throws {
        var message = Message(id: 7)
        message.questions = [Question(try name("web.shop"), .a)]
        message.answers = try (1...100).map { number in
            ResourceRecord(name: try name("web.shop"), address: try IPAddress("10.0.0.\(number)"))
        }
        let bytes = message.encoded(limit: limit)
        #expect(bytes.count <= limit)
        let read = try Message(bytes)
        #expect(read.isTruncated && read.answers.count == (limit - 26) / 16)
        #expect(read.answers == Array(message.answers.prefix(read.answers.count)))
    }

    @Test(
        arguments: [
            // A pointer to itself, one forwards, a circle of two, an unknown form, a name beyond the end.
            [0xC0, 12], [0xC0, 14, 0xC0, 12], [1, 0x61, 0xC0, 12], [0x40, 0x61], [5, 0x61], [0xC0],
        ] as [[UInt8]])
    func wrongNamesEnd(name: [UInt8]) {
        let bytes: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0, 1]
        #expect(throws: MalformedMessage.self) { try Message(bytes) }
    }

    @Test func everyPrefixIsRefused() throws {
        var message = Message(id: 7)
        message.questions = [Question(try name("web.shop"), .a)]
        message.answers = [ResourceRecord(name: try name("web.shop"), address: .v6(.loopback))]
        message.extensions = Message.Extensions(options: [0, 10, 0, 2, 1, 2])
        let bytes = message.encoded()
        #expect(try Message(bytes) == message)
        for count in 0..<bytes.count {
            #expect(throws: MalformedMessage.self) { try Message(Array(bytes.prefix(count))) }
        }
        #expect(throws: MalformedMessage.self) { try Message(bytes + [0]) }
    }

    /// Whatever comes is refused or read; what was read is written and read again as the same.
    @Test(arguments: 0..<20) func damagedMessagesAreReadOrRefused(seed: UInt64) throws {
        var message = Message(id: 0x1234)
        message.questions = [Question(try name("web.shop.example"), .any)]
        message.answers = [
            ResourceRecord(name: try name("web.shop.example"), address: .v4(.loopback)),
            ResourceRecord(name: try name("shop.example"), pointer: try name("a.web.shop.example")),
            ResourceRecord(name: try name("mail.example"), type: .mx, data: [0, 10] + (try name("a.example").wire)),
        ]
        message.extensions = Message.Extensions(options: [0, 10, 0, 2, 1, 2])
        let compressed: [UInt8] =
            [0, 1, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3] + Array("www".utf8) + [1, 0x61, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 6, 3] + Array("web".utf8) + [0xC0, 16]
        var mutator = FuzzMutator(seed: seed, signs: "\u{1}\u{3}\u{C}\u{10}?@")
        for _ in 0..<2000 {
            let bytes = mutator.damaged([message.encoded(), compressed])
            if let read = try? Message(bytes) { #expect(try Message(read.encoded()) == read) }
            do throws(Query.Unfit) {
                let query = try Query(bytes)
                #expect(query.response(.noSuchName).encoded(limit: query.datagramLimit).count <= 512)
                #expect(!query.isAnswered(by: bytes, to: 0x1234))
            } catch {
                if case .answered(let answer) = error { #expect((try? Message(answer))?.isResponse == true) }
            }
        }
    }
}
