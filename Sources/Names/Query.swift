/// One question as a resolver gets it, and the forms of its answer.
package struct Query: Hashable, Sendable {
    /// The bytes as they came, which are what other servers are asked.
    package let bytes: [UInt8]
    private let message: Message
    /// What is asked.
    package let question: Question

    /// What to do with bytes that are no question for a resolver.
    package enum Unfit: Error, Hashable, Sendable {
        /// Nothing: they are an answer, or have no header.
        case ignored
        /// These bytes are the answer.
        case answered([UInt8])
    }

    package init(_ bytes: [UInt8]) throws(Unfit) {
        // An answer to an answer could go round for ever.
        guard bytes.count >= 12, bytes[2] & 0x80 == 0 else { throw .ignored }
        let message: Message
        do {
            message = try Message(bytes)
        } catch {
            var header = Message(id: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
            header.opcode = bytes[2] >> 3 & 0xF
            throw .answered(Self.response(to: header, .malformed).encoded())
        }
        guard message.opcode == 0 else { throw .answered(Self.response(to: message, .notImplemented).encoded()) }
        guard message.questions.count == 1, let question = message.questions.first else {
            throw .answered(Self.response(to: message, .malformed).encoded())
        }
        if let extensions = message.extensions, extensions.version != 0 {
            throw .answered(Self.response(to: message, .unsupportedVersion).encoded())
        }
        self.bytes = bytes
        self.message = message
        self.question = question
    }

    /// The most bytes that a datagram to the client may have: what it says, within reason, and 512 when it says nothing.
    package var datagramLimit: Int {
        guard let extensions = message.extensions else { return 512 }
        return Int(min(max(extensions.payloadSize, 512), 4096))
    }

    private static func response(to message: Message, _ code: ResponseCode) -> Message {
        var response = Message(id: message.id)
        response.isResponse = true
        response.opcode = message.opcode
        response.wantsRecursion = message.wantsRecursion
        response.offersRecursion = true
        response.code = code
        response.questions = message.questions
        if let asked = message.extensions {
            // The bit DO is copied; RFC 6891, section 6.1.4.
            response.extensions = Message.Extensions(flags: asked.flags & 0x8000)
        }
        return response
    }

    /// The answer of a server that is the authority for the name.
    package func response(_ code: ResponseCode = .success, _ answers: [ResourceRecord] = []) -> Message {
        var response = Self.response(to: message, code)
        response.isAuthoritative = code == .success || code == .noSuchName
        response.answers = answers
        return response
    }

    /// The answer that tells a client to ask again by TCP.
    package var truncatedResponse: [UInt8] {
        var response = Self.response(to: message, .success)
        response.isTruncated = true
        return response.encoded()
    }
}

// MARK: - Forwarding

extension Query {
    /// The question under another id.
    package func forwarded(as id: UInt16) -> [UInt8] { Self.replacingID(of: bytes, by: id) }

    /// The answer of another server under the id of the client.
    package func delivered(_ response: [UInt8]) -> [UInt8] { Self.replacingID(of: response, by: message.id) }

    /// Whether bytes are the answer to the question that was forwarded under an id.
    package func isAnswered(by response: [UInt8], to id: UInt16) -> Bool {
        guard response.count >= 12, response[2] & 0x80 != 0, response[0] == UInt8(id >> 8),
            response[1] == UInt8(truncatingIfNeeded: id)
        else { return false }
        // A server that cannot read a question, or does not want it, may leave it out.
        if response[4] == 0, response[5] == 0 { return response[3] & 0xF != 0 }
        var reader = MessageReader(response)
        do throws(MalformedMessage) {
            _ = try reader.take(12)
            let name = try reader.name()
            let type = RecordType(rawValue: try reader.short())
            return Question(name, type, questionClass: try reader.short()) == question
        } catch {
            return false
        }
    }

    /// Whether another server may know more: this one failed, does not implement the question or refuses it.
    package static func isFailure(_ response: [UInt8]) -> Bool {
        guard response.count >= 4 else { return true }
        return [ResponseCode.serverFailure, .notImplemented, .refused].map(\.rawValue).contains(
            UInt16(response[3] & 0xF))
    }

    private static func replacingID(of bytes: [UInt8], by id: UInt16) -> [UInt8] {
        var copy = bytes
        copy[0] = UInt8(id >> 8)
        copy[1] = UInt8(truncatingIfNeeded: id)
        return copy
    }
}
