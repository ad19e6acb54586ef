package import OCI

/// The name of a layer's directory: the digits of its diff ID for an unpacked layer, or `local-` and sixteen
/// hexadecimal digits for a layer that was made on this machine and has no tar yet.
package struct LayerName: Hashable, Sendable {
    /// The name of the directory.
    package let text: String

    private static let localPrefix = "local-"
    private static let localDigits = 16

    /// - Throws: `.invalidImage` for any other text.
    package init(_ text: some StringProtocol) throws(ImageError) {
        let isLocal = text.hasPrefix(Self.localPrefix)
        let digits = isLocal ? text.dropFirst(Self.localPrefix.count) : text[...]
        let lengths = isLocal ? [Self.localDigits] : Digest.Algorithm.allCases.map(\.length)
        let isHex = digits.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard isHex, lengths.contains(digits.utf8.count) else {
            throw ImageError(
                .invalidImage,
                "`\(text)` is not the name of a layer: it must be the digits of a diff id, or local- and \(Self.localDigits) hexadecimal digits."
            )
        }
        self.text = String(text)
    }

    /// The directory of a layer that was unpacked.
    package init(diffID: Digest) {
        text = diffID.hex
    }

    private init(number: UInt64) {
        let digits = String(number, radix: 16)
        text = Self.localPrefix + String(repeating: "0", count: Self.localDigits - digits.utf8.count) + digits
    }

    /// A unique name for a layer that is made on this machine.
    package static func unique() -> LayerName {
        LayerName(number: UInt64.random(in: 0...UInt64.max))
    }

    /// Whether the layer was made on this machine.
    package var isLocal: Bool { text.hasPrefix(Self.localPrefix) }
}

extension LayerName: CustomStringConvertible {
    package var description: String { text }
}

extension LayerName: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
