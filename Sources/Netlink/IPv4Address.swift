/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The address as a number, first octet highest.
    public let rawValue: UInt32

    public static let any = IPv4Address(rawValue: 0)
    public static let loopback = IPv4Address(rawValue: 0x7F00_0001)

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reads four decimal numbers without leading zeros.
    ///
    /// - Throws: `.invalidValue`.
    public init(_ text: String) throws(NetlinkError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var value: UInt32 = 0
        for part in parts {
            guard parts.count == 4, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let octet = UInt8(part),
                part.count == 1 || !part.hasPrefix("0")
            else {
                throw NetlinkError(.invalidValue, "\"\(text)\" is not an IPv4 address such as 10.1.2.3")
            }
            value = value << 8 | UInt32(octet)
        }
        rawValue = value
    }

    /// The four bytes in network order, or `nil` when there are not four.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 4 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    public var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
    }

    /// Whether it lies in 127.0.0.0/8.
    public var isLoopback: Bool { rawValue >> 24 == 127 }

    public var description: String {
        octets.map { "\($0)" }.joined(separator: ".")
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.rawValue < right.rawValue
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
