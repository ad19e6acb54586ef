import Vocabulary

/// A digest of a piece of configuration: equal when the configuration is equal, on every machine and in every run.
///
/// It is FNV-1a with 128 bits, over what `StableHasher` serialises.
package struct ConfigurationHash: Hashable, Sendable, CustomStringConvertible {
    private var value: UInt128

    init(_ feed: (inout StableHasher) -> Void) {
        var hasher = StableHasher()
        feed(&hasher)
        value = hasher.value
    }

    /// Reads what `description` printed; `nil` for any other text.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isHexadecimal), let value = UInt128(text, radix: 16)
        else { return nil }
        self.value = value
    }

    /// 32 hexadecimal digits in lower case.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension ConfigurationHash: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = ConfigurationHash(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "A configuration hash has 32 hexadecimal digits in lower case.")
        }
        self = hash
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// FNV-1a with 128 bits over a canonical serialisation: every value is preceded by its kind, and whatever has a
/// length by its length, so that no two different sequences of values give the same bytes.
struct StableHasher {
    private var hash = FNVHash<UInt128>()

    var value: UInt128 { hash.value }

    mutating func combine(bytes: some Sequence<UInt8>) {
        hash.combine(bytes)
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
        combine(listOf: texts.count)
        for text in texts { combine(text) }
    }

    /// Before the elements of a list.
    mutating func combine(listOf count: Int) {
        tag("l", UInt64(count))
    }

    /// Before the names and values of a map.
    mutating func combine(mapOf count: Int) {
        tag("m", UInt64(count))
    }

    private mutating func tag(_ kind: Unicode.Scalar, _ number: UInt64) {
        combine(bytes: CollectionOfOne(UInt8(truncatingIfNeeded: kind.value)))
        combine(bytes: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
}
