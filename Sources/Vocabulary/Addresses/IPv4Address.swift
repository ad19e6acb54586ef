/// An IPv4 address; its written form is dotted decimal.
package struct IPv4Address: TextualValue, Comparable {
    /// The address as a number, first octet highest.
    package let rawValue: UInt32

    package static let any = IPv4Address(rawValue: 0)
    package static let loopback = IPv4Address(rawValue: 0x7F00_0001)

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reads four decimal numbers without leading zeros.
    package init(_ text: String) throws(InvalidValue) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var value: UInt32 = 0
        for part in parts {
            guard parts.count == 4, part.utf8.allSatisfy(\.isDigit), let octet = UInt8(part),
                part.utf8.count == 1 || !part.hasPrefix("0")
            else {
                throw InvalidValue(text, "is not an IPv4 address such as 10.1.2.3")
            }
            value = value << 8 | UInt32(octet)
        }
        rawValue = value
    }

    /// The four bytes in network order; `nil` when there are not four.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 4 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The four bytes in network order.
    package var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
    }

    /// Whether it lies in 127.0.0.0/8.
    package var isLoopback: Bool { rawValue >> 24 == 127 }

    package var description: String {
        octets.map { "\($0)" }.joined(separator: ".")
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.rawValue < right.rawValue
    }
}
