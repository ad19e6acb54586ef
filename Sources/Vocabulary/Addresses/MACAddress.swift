/// An Ethernet address of one station; its written form is six hexadecimal pairs with colons between.
package struct MACAddress: TextualValue, Comparable {
    /// Six bytes.
    package let bytes: [UInt8]

    /// - Throws: when there are not six bytes, all are zero, or it is a group address.
    package init(bytes: some Collection<UInt8>) throws(InvalidValue) {
        guard bytes.count == 6, bytes.contains(where: { $0 != 0 }), (bytes.first ?? 1) & 1 == 0 else {
            throw InvalidValue(Self.text(bytes), "is not the MAC address of a station, such as 02:42:0a:01:02:03")
        }
        self.bytes = Array(bytes)
    }

    package init(_ text: String) throws(InvalidValue) {
        var bytes: [UInt8] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard part.utf8.count == 2, !part.hasPrefix("+"), let byte = UInt8(part, radix: 16) else {
                throw InvalidValue(text, "is not a MAC address such as 02:42:0a:01:02:03")
            }
            bytes.append(byte)
        }
        try self.init(bytes: bytes)
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
