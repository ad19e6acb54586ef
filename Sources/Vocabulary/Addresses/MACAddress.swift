/// An Ethernet address of one station; its written form is six hexadecimal pairs with colons between.
///
/// A group address (the lowest bit of the first byte is set) and the address of zeros are not values: the kernel gives
/// neither to a link (`is_valid_ether_addr`, EADDRNOTAVAIL).
package struct MACAddress: TextualValue, Comparable {
    /// Six bytes.
    package let bytes: [UInt8]

    /// - Throws: when there are not six bytes, all are zero, or it is a group address.
    package init(bytes: some Collection<UInt8>) throws(InvalidValue) {
        try self.init(Array(bytes), writtenAs: Self.text(bytes))
    }

    private init(_ bytes: [UInt8], writtenAs text: String) throws(InvalidValue) {
        guard bytes.count == 6, bytes.contains(where: { $0 != 0 }), bytes[0] & 1 == 0 else {
            throw InvalidValue(text, "is not the MAC address of a station, such as 02:42:0a:01:02:03")
        }
        self.bytes = bytes
    }

    /// Reads the forms that Go's `net.ParseMAC` has for six bytes: `02:42:0a:01:02:03`, `02-42-0a-01-02-03` and
    /// `0242.0a01.0203`, with digits in any case.
    package init(_ text: String) throws(InvalidValue) {
        guard let bytes = Self.bytes(of: text) else {
            throw InvalidValue(text, "is not a MAC address such as 02:42:0a:01:02:03")
        }
        try self.init(bytes, writtenAs: text)
    }

    /// Six pairs of digits with one kind of separator, or three groups of four with dots.
    private static func bytes(of text: String) -> [UInt8]? {
        for (separator, count) in [(":", 6), ("-", 6), (".", 3)] as [(Character, Int)] {
            let groups = text.split(separator: separator, omittingEmptySubsequences: false)
            guard groups.count == count else { continue }
            let digits = groups.joined().utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard groups.allSatisfy({ $0.utf8.count == 12 / count }), digits.count == 12 else { return nil }
            return stride(from: 0, to: 12, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
        return nil
    }

    /// The locally administered address that belongs to an IPv4 address: 02, `series` and the four octets, so that
    /// it is as unique as the address.
    package init(for address: IPv4Address, series: UInt8 = 0x42) {
        bytes = [0x02, series] + address.octets
    }

    package var description: String { Self.text(bytes) }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    package static func < (left: MACAddress, right: MACAddress) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
