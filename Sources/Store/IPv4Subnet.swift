/// A subnet such as `10.5.3.0/24`, of a size that has room for containers: prefix lengths 8 to 29.
struct IPv4Subnet: Hashable, CustomStringConvertible {
    let base: UInt32
    let prefixLength: UInt32

    /// The count of addresses.
    var size: UInt32 { 1 << (32 - prefixLength) }

    init(_ text: String) throws(StoreError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = Self.parse(address: String(parts[0])), parts[1].count <= 2,
            parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let length = UInt32(parts[1]),
            (8...29).contains(length), base & ((1 << (32 - length)) - 1) == 0
        else {
            throw StoreError(
                .invalid, "\"\(text)\" is no subnet: expected is a form such as 10.5.3.0/24 with a length of 8 to 29.")
        }
        self.base = base
        prefixLength = length
    }

    var description: String { "\(Self.text(address: base))/\(prefixLength)" }

    func overlaps(_ other: IPv4Subnet) -> Bool {
        let shift = 32 - min(prefixLength, other.prefixLength)
        return base >> shift == other.base >> shift
    }

    /// Dotted decimal with four parts and no leading zeros; `nil` for anything else.
    static func parse(address text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), String(byte) == part else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    static func text(address: UInt32) -> String {
        bytes(address).map { "\($0)" }.joined(separator: ".")
    }

    static func macAddress(for address: UInt32) -> String {
        ([0x02, 0x54] + bytes(address)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: ":")
    }

    private static func bytes(_ address: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
    }
}
