/// An IPv6 subnet; its written form is CIDR, such as fd00:5:3::/64.
package struct IPv6Network: TextualValue, Comparable {
    /// The first address; its host bits are zero.
    package let address: IPv6Address
    /// 0 to 128.
    package let prefixLength: Int

    /// - Throws: for a prefix length outside 0...128 and for host bits that are set.
    package init(_ address: IPv6Address, prefixLength: Int) throws(InvalidValue) {
        let text = "\(address)/\(prefixLength)"
        guard (0...128).contains(prefixLength) else {
            throw InvalidValue(text, "has a prefix length outside 0 to 128")
        }
        let whole = IPv6Network(containing: address, prefixLength: prefixLength)
        guard whole.address == address else {
            throw InvalidValue(text, "is an address inside a subnet; the subnet is \(whole)")
        }
        self = whole
    }

    /// The subnet of that size in which `address` lies; a prefix length outside 0...128 is clamped.
    package init(containing address: IPv6Address, prefixLength: Int) {
        let length = min(max(prefixLength, 0), 128)
        self.prefixLength = length
        self.address = IPv6Address(
            unchecked: address.bytes.enumerated().map { $0.element & Self.mask(ofByte: $0.offset, length) })
    }

    /// Reads an address, a slash and a length.
    package init(_ text: String) throws(InvalidValue) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy(\.isDigit), let length = Int(parts[1]),
            let address = IPv6Address(parsing: String(parts[0]))
        else {
            throw InvalidValue(text, "is not a subnet such as fd00:1::/64")
        }
        try self.init(address, prefixLength: length)
    }

    /// The bits of the byte at `index` that belong to the prefix.
    private static func mask(ofByte index: Int, _ length: Int) -> UInt8 {
        let bits = min(max(length - index * 8, 0), 8)
        return bits == 0 ? 0 : UInt8.max << UInt8(8 - bits)
    }

    /// Whether an address is in the network.
    package func contains(_ other: IPv6Address) -> Bool {
        IPv6Network(containing: other, prefixLength: prefixLength).address == address
    }

    /// Whether the two have an address in common, whichever is the larger.
    package func overlaps(_ other: IPv6Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    package var description: String { "\(address)/\(prefixLength)" }

    package static func < (left: IPv6Network, right: IPv6Network) -> Bool {
        (left.address, left.prefixLength) < (right.address, right.prefixLength)
    }
}
