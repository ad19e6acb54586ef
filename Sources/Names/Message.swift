/// The outcome of a question; RFC 1035, section 4.1.1, and RFC 6891, section 6.1.3.
package struct ResponseCode: RawRepresentable, Hashable, Sendable {
    /// 0 to 4095; the upper eight bits travel in the OPT record.
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue & 0xFFF
    }

    package static let success = ResponseCode(rawValue: 0)
    package static let malformed = ResponseCode(rawValue: 1)
    package static let serverFailure = ResponseCode(rawValue: 2)
    package static let noSuchName = ResponseCode(rawValue: 3)
    package static let notImplemented = ResponseCode(rawValue: 4)
    package static let refused = ResponseCode(rawValue: 5)
    package static let unsupportedVersion = ResponseCode(rawValue: 16)
}

/// What a message asks.
package struct Question: Hashable, Sendable {
    package var name: DomainName
    package var type: RecordType
    /// 1 for the Internet.
    package var questionClass: UInt16

    package init(_ name: DomainName, _ type: RecordType, questionClass: UInt16 = 1) {
        self.name = name
        self.type = type
        self.questionClass = questionClass
    }
}

/// A message of the Domain Name System; RFC 1035, section 4.
package struct Message: Hashable, Sendable {
    /// Chosen by the client; the answer has the same.
    package var id: UInt16
    package var isResponse = false
    /// 0 for a standard query.
    package var opcode: UInt8 = 0
    /// The bit AA: the answer is of the server's own zone.
    package var isAuthoritative = false
    /// The bit TC: the answer did not fit, and comes whole over TCP.
    package var isTruncated = false
    /// The bit RD.
    package var wantsRecursion = false
    /// The bit RA.
    package var offersRecursion = false
    /// The bits AD and CD of RFC 4035, and the reserved one.
    package var otherFlags: UInt8 = 0
    package var code = ResponseCode.success
    package var questions: [Question] = []
    package var answers: [ResourceRecord] = []
    package var authorities: [ResourceRecord] = []
    /// Without the OPT record.
    package var additional: [ResourceRecord] = []
    /// The OPT record; `nil` for a message without EDNS.
    package var extensions: Extensions?

    package init(id: UInt16) {
        self.id = id
    }

    /// The OPT record; RFC 6891, section 6.1.
    package struct Extensions: Hashable, Sendable {
        /// The largest datagram that the sender takes, in bytes.
        package var payloadSize: UInt16
        package var version: UInt8
        /// The bit DO and the reserved ones.
        package var flags: UInt16
        package var options: [UInt8]

        package init(payloadSize: UInt16 = 1232, version: UInt8 = 0, flags: UInt16 = 0, options: [UInt8] = []) {
            self.payloadSize = payloadSize
            self.version = version
            self.flags = flags
            self.options = options
        }
    }
}

// MARK: - Reading

extension Message {
    /// - Throws: when the bytes are not exactly one message.
    package init(_ bytes: [UInt8]) throws(MalformedMessage) {
        var reader = MessageReader(bytes)
        self.init(id: try reader.short())
        let flags = try reader.short()
        isResponse = flags & 0x8000 != 0
        opcode = UInt8(flags >> 11 & 0xF)
        isAuthoritative = flags & 0x0400 != 0
        isTruncated = flags & 0x0200 != 0
        wantsRecursion = flags & 0x0100 != 0
        offersRecursion = flags & 0x0080 != 0
        otherFlags = UInt8(flags >> 4 & 0x7)
        let counts = (try reader.short(), try reader.short(), try reader.short(), try reader.short())
        for _ in 0..<counts.0 {
            let name = try reader.name()
            let type = RecordType(rawValue: try reader.short())
            questions.append(Question(name, type, questionClass: try reader.short()))
        }
        for _ in 0..<counts.1 { answers.append(try ResourceRecord(from: &reader)) }
        for _ in 0..<counts.2 { authorities.append(try ResourceRecord(from: &reader)) }
        var upperCode: UInt16 = 0
        for _ in 0..<counts.3 {
            let record = try ResourceRecord(from: &reader)
            guard record.type == .opt else {
                additional.append(record)
                continue
            }
            guard extensions == nil, record.name.labels.isEmpty else {
                throw MalformedMessage("the OPT record is not alone or has a name")
            }
            upperCode = UInt16(record.timeToLive >> 24) << 4
            extensions = Extensions(
                payloadSize: record.recordClass, version: UInt8(record.timeToLive >> 16 & 0xFF),
                flags: UInt16(truncatingIfNeeded: record.timeToLive), options: record.data)
        }
        code = ResponseCode(rawValue: upperCode | flags & 0xF)
        guard reader.offset == bytes.count else { throw MalformedMessage("bytes follow the message") }
    }
}

// MARK: - Writing

extension Message {
    /// The bytes; where they are more than `limit`, without the records that find no room, and marked as truncated.
    package func encoded(limit: Int = 65_535) -> [UInt8] {
        let whole = MessageWriter(self)
        if whole.bytes.count <= limit { return whole.bytes }
        var shortened = self
        shortened.isTruncated = true
        shortened.authorities = []
        shortened.additional = []
        let fixed = MessageWriter(shortened.withAnswers(0)).bytes.count
        // The records of one answer have one name, so that one size is as good as the next.
        let each = max(1, (MessageWriter(shortened).bytes.count - fixed) / max(1, answers.count))
        var count = min(answers.count, max(0, (limit - fixed) / each))
        while count > 0, MessageWriter(shortened.withAnswers(count)).bytes.count > limit { count -= 1 }
        return MessageWriter(shortened.withAnswers(count)).bytes
    }

    private func withAnswers(_ count: Int) -> Message {
        var message = self
        message.answers = Array(answers.prefix(count))
        return message
    }

    var flags: UInt16 {
        (isResponse ? 0x8000 : 0) | UInt16(opcode & 0xF) << 11 | (isAuthoritative ? 0x0400 : 0)
            | (isTruncated ? 0x0200 : 0) | (wantsRecursion ? 0x0100 : 0) | (offersRecursion ? 0x0080 : 0)
            | UInt16(otherFlags & 0x7) << 4 | code.rawValue & 0xF
    }
}
