/// A digest of a piece of configuration: equal when the configuration is equal, on every machine and in every run.
///
/// It is FNV-1a with 128 bits. `Hasher` is seeded per process, so it cannot be stored; a cryptographic digest would
/// bring a dependency into a module that must have none, and nobody gains by a collision in his own environment.
/// 128 bits keep accidental collisions out of reach.
public struct ConfigurationHash: Hashable, Sendable, CustomStringConvertible {
    private var value: UInt128

    init(_ feed: (inout StableHasher) -> Void) {
        var hasher = StableHasher()
        feed(&hasher)
        value = hasher.value
    }

    /// Reads what `description` printed; `nil` for any other text.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isHexadecimal), let value = UInt128(text, radix: 16)
        else { return nil }
        self.value = value
    }

    /// 32 hexadecimal digits in lower case.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension ConfigurationHash: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = ConfigurationHash(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "A configuration hash has 32 hexadecimal digits in lower case.")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// FNV-1a with 128 bits over a canonical serialisation: every value is preceded by its kind, and whatever has a
/// length by its length, so that no two different sequences of values give the same bytes.
struct StableHasher {
    /// The offset basis and prime of the FNV specification (draft-eastlake-fnv).
    private(set) var value: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    private static let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013b

    mutating func combine(bytes: some Sequence<UInt8>) {
        for byte in bytes {
            value = (value ^ UInt128(byte)) &* Self.prime
        }
    }

    mutating func combine(_ text: String) {
        tag("s", UInt64(text.utf8.count))
        combine(bytes: text.utf8)
    }

    mutating func combine(_ number: UInt64) {
        tag("n", number)
    }

    mutating func combine(_ flag: Bool) {
        tag("b", flag ? 1 : 0)
    }

    mutating func combine(_ texts: [String]) {
        tag("l", UInt64(texts.count))
        for text in texts { combine(text) }
    }

    private mutating func tag(_ kind: Unicode.Scalar, _ number: UInt64) {
        combine(bytes: CollectionOfOne(UInt8(truncatingIfNeeded: kind.value)))
        combine(bytes: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
}
