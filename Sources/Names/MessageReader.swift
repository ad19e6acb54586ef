/// Reads the parts of a message in their order; RFC 1035, section 4. Every read is checked against the end.
struct MessageReader {
    let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func byte() throws(MalformedMessage) -> UInt8 {
        guard offset < bytes.count else { throw MalformedMessage("the message ends too early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func short() throws(MalformedMessage) -> UInt16 {
        let high = try byte()
        return UInt16(high) << 8 | UInt16(try byte())
    }

    mutating func long() throws(MalformedMessage) -> UInt32 {
        let high = try short()
        return UInt32(high) << 16 | UInt32(try short())
    }

    mutating func take(_ count: Int) throws(MalformedMessage) -> [UInt8] {
        guard count <= bytes.count - offset else { throw MalformedMessage("the message ends too early") }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// A name, whose end may be a pointer to an earlier place of the message. A pointer leads strictly backwards, so that
    /// reading ends.
    mutating func name() throws(MalformedMessage) -> DomainName {
        var labels: [[UInt8]] = []
        var place = offset
        var lowest = offset
        var end: Int?
        while true {
            guard place < bytes.count else { throw MalformedMessage("a name ends too early") }
            let length = Int(bytes[place])
            switch length {
            case 0:
                offset = end ?? place + 1
                guard let name = DomainName(labels: labels) else { throw MalformedMessage("a name is too long") }
                return name
            case 1...63:
                guard place + 1 + length <= bytes.count else { throw MalformedMessage("a name ends too early") }
                labels.append(Array(bytes[place + 1..<place + 1 + length]))
                guard labels.count <= 127 else { throw MalformedMessage("a name is too long") }
                place += 1 + length
            case 0xC0...0xFF:
                guard place + 1 < bytes.count else { throw MalformedMessage("a name ends too early") }
                let target = (length & 0x3F) << 8 | Int(bytes[place + 1])
                guard target < lowest else { throw MalformedMessage("a name points forwards") }
                if end == nil { end = place + 2 }
                lowest = target
                place = target
            default: throw MalformedMessage("a label has an unknown form")
            }
        }
    }
}
