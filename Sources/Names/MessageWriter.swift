/// Writes a message; names that occurred before become pointers (RFC 1035, section 4.1.4).
struct MessageWriter {
    private(set) var bytes: [UInt8] = []
    /// Where the name with this key begins.
    private var places: [String: Int] = [:]

    init(_ message: Message) {
        bytes.reserveCapacity(128)
        append(message.id)
        append(message.flags)
        append(UInt16(clamping: message.questions.count))
        append(UInt16(clamping: message.answers.count))
        append(UInt16(clamping: message.authorities.count))
        append(UInt16(clamping: message.additional.count + (message.extensions == nil ? 0 : 1)))
        for question in message.questions {
            append(question.name)
            append(question.type.rawValue)
            append(question.questionClass)
        }
        for record in message.answers + message.authorities + message.additional { append(record) }
        guard let extensions = message.extensions else { return }
        bytes.append(0)
        append(RecordType.opt.rawValue)
        append(extensions.payloadSize)
        bytes += [UInt8(truncatingIfNeeded: message.code.rawValue >> 4), extensions.version]
        append(extensions.flags)
        append(UInt16(clamping: extensions.options.count))
        bytes += extensions.options
    }

    private mutating func append(_ value: UInt16) {
        bytes += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    private mutating func append(_ record: ResourceRecord) {
        append(record.name)
        append(record.type.rawValue)
        append(record.recordClass)
        append(UInt16(truncatingIfNeeded: record.timeToLive >> 16))
        append(UInt16(truncatingIfNeeded: record.timeToLive))
        append(UInt16(clamping: record.data.count))
        bytes += record.data
    }

    private mutating func append(_ name: DomainName) {
        if !name.labels.isEmpty, let place = places[name.key] { return append(0xC000 | UInt16(place)) }
        if bytes.count < 0x4000 { places[name.key] = bytes.count }
        bytes += name.wire
    }
}
