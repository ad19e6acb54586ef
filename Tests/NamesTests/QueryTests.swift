import Testing
import Vocabulary

@testable import Names

@Suite(.timeLimit(.minutes(1))) struct QueryTests {
    private func question(_ name: String, _ type: RecordType = .a, id: UInt16 = 7) throws -> Message {
        var message = Message(id: id)
        message.wantsRecursion = true
        message.questions = [Question(try #require(DomainName(name)), type)]
        return message
    }

    private func unfit(_ bytes: [UInt8]) -> Query.Unfit? {
        do throws(Query.Unfit) {
            _ = try Query(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func code(_ bytes: [UInt8]) throws -> ResponseCode? {
        guard case .answered(let answer)? = unfit(bytes) else { return nil }
        let message = try Message(answer)
        #expect(message.isResponse && message.id == 7)
        return message.code
    }

    @Test func whatIsNoQuestion() throws {
        var message = try question("web")
        message.isResponse = true
        #expect(unfit(message.encoded()) == .ignored)
        #expect(unfit([1, 2, 3]) == .ignored)
        message.isResponse = false
        message.opcode = 5
        #expect(try code(message.encoded()) == .notImplemented)
        message.opcode = 0
        message.questions = []
        #expect(try code(message.encoded()) == .malformed)
        message = try question("web")
        #expect(try code(message.encoded().dropLast(1)) == .malformed)
        message.extensions = Message.Extensions(version: 1)
        #expect(try code(message.encoded()) == .unsupportedVersion)
    }

    @Test func theLimitOfADatagram() throws {
        var message = try question("web")
        #expect(try Query(message.encoded()).datagramLimit == 512)
        for (said, used) in [(0, 512), (1232, 1232), (65_535, 4096)] as [(UInt16, Int)] {
            message.extensions = Message.Extensions(payloadSize: said)
            #expect(try Query(message.encoded()).datagramLimit == used)
        }
    }

    @Test func answersCopyWhatWasAsked() throws {
        var message = try question("WeB", id: 99)
        message.extensions = Message.Extensions(flags: 0x8000)
        let query = try Query(message.encoded())
        let addresses: [IPAddress] = [try IPAddress("10.0.0.1"), try IPAddress("10.0.0.2"), .v6(.loopback)]
        let response = try #require(query.response(.addresses(addresses), turn: 0))
        let read = try Message(response.encoded())
        #expect(read.id == 99 && read.isAuthoritative && read.offersRecursion && read.wantsRecursion)
        #expect(read.questions[0].name.description == "WeB")
        #expect(read.extensions?.flags == 0x8000)
        #expect(read.answers.map(\.address) == Array(addresses.prefix(2)))
        let turned = try #require(query.response(.addresses(addresses), turn: 1))
        #expect(turned.answers.map(\.address) == [addresses[1], addresses[0]])
        #expect(query.response(.elsewhere, turn: 0) == nil)
        #expect(query.response(.noSuchName, turn: 0)?.code == .noSuchName)
    }

    @Test func aTypeThatIsNotThereIsNoError() throws {
        let addresses = ZoneAnswer.addresses([try IPAddress("10.0.0.1")])
        for type in [RecordType.aaaa, .mx, RecordType(rawValue: 65)] {
            let response = try #require(try Query(question("web", type).encoded()).response(addresses, turn: 0))
            #expect(response.code == .success && response.answers.isEmpty)
        }
    }

    @Test func onlyTheAnswerToTheQuestionCounts() throws {
        let query = try Query(question("web.example").encoded())
        func answer(_ id: UInt16, _ name: String = "web.example", _ type: RecordType = .a) throws -> [UInt8] {
            var message = try question(name, type, id: id)
            message.isResponse = true
            return message.encoded()
        }
        #expect(try query.isAnswered(by: answer(40), to: 40))
        #expect(try !query.isAnswered(by: answer(41), to: 40))
        #expect(try !query.isAnswered(by: answer(40, "other.example"), to: 40))
        #expect(try !query.isAnswered(by: answer(40, "web.example", .aaaa), to: 40))
        #expect(!query.isAnswered(by: query.forwarded(as: 40), to: 40))
        var refusal = Message(id: 40)
        refusal.isResponse = true
        #expect(!query.isAnswered(by: refusal.encoded(), to: 40))
        refusal.code = .refused
        #expect(query.isAnswered(by: refusal.encoded(), to: 40) && Query.isFailure(refusal.encoded()))
        #expect(try Message(query.delivered(answer(40))).id == 7)
        #expect(try !Query.isFailure(answer(40)))
    }
}
