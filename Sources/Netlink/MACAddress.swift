/// An Ethernet address of one station.
public struct MACAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Six bytes.
    public let bytes: [UInt8]

    /// - Throws: `.invalidValue` when there are not six bytes, all are zero, or it is a group address.
    public init(bytes: some Collection<UInt8>) throws(NetlinkError) {
        guard bytes.count == 6, bytes.contains(where: { $0 != 0 }), (bytes.first ?? 1) & 1 == 0 else {
            throw NetlinkError(
                .invalidValue, "\"\(Self.text(bytes))\" is not the MAC address of a station, such as 02:42:0a:01:02:03")
        }
        self.bytes = Array(bytes)
    }

    /// Reads six hexadecimal pairs with colons between.
    ///
    /// - Throws: `.invalidValue`.
    public init(_ text: String) throws(NetlinkError) {
        var bytes: [UInt8] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard part.utf8.count == 2, !part.hasPrefix("+"), let byte = UInt8(part, radix: 16) else {
                throw NetlinkError(.invalidValue, "\"\(text)\" is not a MAC address such as 02:42:0a:01:02:03")
            }
            bytes.append(byte)
        }
        try self.init(bytes: bytes)
    }

    /// The locally administered address that belongs to an IPv4 address: 02:42 and its octets.
    public init(for address: IPv4Address) {
        bytes = [0x02, 0x42] + address.octets
    }

    public var description: String { Self.text(bytes) }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
