package import Vocabulary

/// The type of a resource record; the numbers of IANA's registry.
package struct RecordType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let a = RecordType(rawValue: 1)
    package static let ns = RecordType(rawValue: 2)
    package static let cname = RecordType(rawValue: 5)
    package static let soa = RecordType(rawValue: 6)
    package static let ptr = RecordType(rawValue: 12)
    package static let mx = RecordType(rawValue: 15)
    package static let aaaa = RecordType(rawValue: 28)
    /// The pseudo-record of RFC 6891.
    package static let opt = RecordType(rawValue: 41)
    /// Of questions: every type.
    package static let any = RecordType(rawValue: 255)
}

/// One record of a message; RFC 1035, section 4.1.3.
package struct ResourceRecord: Hashable, Sendable {
    package var name: DomainName
    package var type: RecordType
    /// 1 for the Internet; what an OPT record has here is the size of datagrams that its sender takes.
    package var recordClass: UInt16
    /// In seconds.
    package var timeToLive: UInt32
    /// Without compressed names in the types of RFC 1035.
    package var data: [UInt8]

    package init(
        name: DomainName, type: RecordType, recordClass: UInt16 = 1, timeToLive: UInt32 = 0, data: [UInt8]
    ) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
        self.timeToLive = timeToLive
        self.data = data
    }

    /// A record of type A or AAAA.
    package init(name: DomainName, address: IPAddress, timeToLive: UInt32 = 0) {
        switch address {
        case .v4(let address):
            self.init(name: name, type: .a, timeToLive: timeToLive, data: address.octets)
        case .v6(let address):
            self.init(name: name, type: .aaaa, timeToLive: timeToLive, data: address.bytes)
        }
    }

    /// A record of type PTR.
    package init(name: DomainName, pointer: DomainName, timeToLive: UInt32 = 0) {
        self.init(name: name, type: .ptr, timeToLive: timeToLive, data: pointer.wire)
    }

    /// The address of a record of type A or AAAA; `nil` for every other.
    package var address: IPAddress? {
        type == .a || type == .aaaa ? IPAddress(data) : nil
    }

    /// The name of a record of type PTR, CNAME or NS; `nil` for every other.
    package var pointer: DomainName? {
        guard [.ptr, .cname, .ns].contains(type) else { return nil }
        var reader = MessageReader(data)
        // It was read once already; what was made by hand may be no name.
        return try? reader.name()
    }
}

extension ResourceRecord {
    init(from reader: inout MessageReader) throws(MalformedMessage) {
        name = try reader.name()
        type = RecordType(rawValue: try reader.short())
        recordClass = try reader.short()
        timeToLive = try reader.long()
        let length = Int(try reader.short())
        let end = reader.offset + length
        guard end <= reader.bytes.count else { throw MalformedMessage("a record ends too early") }
        switch type {
        case .ns, .cname, .ptr: data = try reader.name().wire
        case .mx:
            let preference = try reader.take(2)
            data = preference + (try reader.name().wire)
        case .soa:
            let names = try reader.name().wire + reader.name().wire
            data = names + (try reader.take(20))
        default: data = try reader.take(length)
        }
        guard reader.offset == end else { throw MalformedMessage("a record has another length than it says") }
    }
}
