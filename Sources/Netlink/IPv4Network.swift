/// An IPv4 subnet in CIDR form, such as 10.201.3.0/24.
public struct IPv4Network: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The first address; its host bits are zero.
    public let address: IPv4Address
    /// 0 to 32.
    public let prefixLength: Int

    /// - Throws: `.invalidValue` for a prefix length outside 0...32 and for host bits that are set.
    public init(_ address: IPv4Address, prefixLength: Int) throws(NetlinkError) {
        guard (0...32).contains(prefixLength) else {
            throw NetlinkError(.invalidValue, "\"\(address)/\(prefixLength)\" has a prefix length outside 0 to 32")
        }
        let whole = IPv4Network(containing: address, prefixLength: prefixLength)
        guard whole.address == address else {
            throw NetlinkError(
                .invalidValue, "\"\(address)/\(prefixLength)\" is an address inside a subnet; the subnet is \(whole)")
        }
        self = whole
    }

    /// The subnet of that size in which `address` lies; a prefix length outside 0...32 is clamped.
    public init(containing address: IPv4Address, prefixLength: Int) {
        let length = min(max(prefixLength, 0), 32)
        self.prefixLength = length
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(length))
    }

    /// Reads `a.b.c.d/n`.
    ///
    /// - Throws: `.invalidValue`.
    public init(_ text: String) throws(NetlinkError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1])
        else {
            throw NetlinkError(.invalidValue, "\"\(text)\" is not a subnet such as 10.1.2.0/24")
        }
        try self.init(IPv4Address(String(parts[0])), prefixLength: length)
    }

    private static func mask(_ length: Int) -> UInt32 {
        length == 0 ? 0 : UInt32.max << UInt32(32 - length)
    }

    /// How many addresses there are, the first and the last included.
    public var count: Int { 1 << (32 - prefixLength) }

    /// The `index`-th address, counted from the first; `nil` outside the subnet.
    public subscript(_ index: Int) -> IPv4Address? {
        (0..<count).contains(index) ? IPv4Address(rawValue: address.rawValue + UInt32(index)) : nil
    }

    /// The last address.
    public var broadcast: IPv4Address {
        IPv4Address(rawValue: address.rawValue | ~Self.mask(prefixLength))
    }

    public func contains(_ other: IPv4Address) -> Bool {
        other.rawValue & Self.mask(prefixLength) == address.rawValue
    }

    /// Whether the two have an address in common, whichever is the larger.
    public func overlaps(_ other: IPv4Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    public var description: String { "\(address)/\(prefixLength)" }

    public static func < (left: IPv4Network, right: IPv4Network) -> Bool {
        (left.address, left.prefixLength) < (right.address, right.prefixLength)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
