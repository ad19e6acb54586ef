/// An IPv4 subnet; its written form is CIDR, such as 10.201.3.0/24.
package struct IPv4Network: TextualValue, Comparable {
    /// The first address; its host bits are zero.
    package let address: IPv4Address
    /// 0 to 32.
    package let prefixLength: Int

    /// - Throws: for a prefix length outside 0...32 and for host bits that are set.
    package init(_ address: IPv4Address, prefixLength: Int) throws(InvalidValue) {
        let text = "\(address)/\(prefixLength)"
        guard (0...32).contains(prefixLength) else {
            throw InvalidValue(text, "has a prefix length outside 0 to 32")
        }
        let whole = IPv4Network(containing: address, prefixLength: prefixLength)
        guard whole.address == address else {
            throw InvalidValue(text, "is an address inside a subnet; the subnet is \(whole)")
        }
        self = whole
    }

    /// The subnet of that size in which `address` lies; a prefix length outside 0...32 is clamped.
    package init(containing address: IPv4Address, prefixLength: Int) {
        let length = min(max(prefixLength, 0), 32)
        self.prefixLength = length
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(length))
    }

    /// Reads `a.b.c.d/n`.
    package init(_ text: String) throws(InvalidValue) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy(\.isDigit), let length = Int(parts[1]),
            let address = IPv4Address(parsing: String(parts[0]))
        else {
            throw InvalidValue(text, "is not a subnet such as 10.1.2.0/24")
        }
        try self.init(address, prefixLength: length)
    }

    private static func mask(_ length: Int) -> UInt32 {
        length == 0 ? 0 : UInt32.max << UInt32(32 - length)
    }

    /// How many addresses there are, the first and the last included.
    package var count: Int { 1 << (32 - prefixLength) }

    /// The `index`-th address, counted from the first; `nil` outside the subnet.
    package subscript(_ index: Int) -> IPv4Address? {
        (0..<count).contains(index) ? IPv4Address(rawValue: address.rawValue + UInt32(index)) : nil
    }

    /// The last address.
    package var broadcast: IPv4Address {
        IPv4Address(rawValue: address.rawValue | ~Self.mask(prefixLength))
    }

    /// Whether an address is in the network.
    package func contains(_ other: IPv4Address) -> Bool {
        other.rawValue & Self.mask(prefixLength) == address.rawValue
    }

    /// Whether the two have an address in common, whichever is the larger.
    package func overlaps(_ other: IPv4Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    package var description: String { "\(address)/\(prefixLength)" }

    package static func < (left: IPv4Network, right: IPv4Network) -> Bool {
        (left.address, left.prefixLength) < (right.address, right.prefixLength)
    }
}
