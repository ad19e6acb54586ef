/// A domain name; RFC 1035, section 3.1. Two names are equal when they differ only in the case of ASCII letters.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
    /// Up to 127 labels of 1 to 63 bytes, the highest domain last.
    package let labels: [[UInt8]]
    /// The text in small letters, which look-ups compare.
    package let key: String

    /// - Returns: `nil` for an empty or too long label, and for more than 255 bytes in all.
    package init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...63).contains($0.count) }), labels.reduce(1, { $0 + $1.count + 1 }) <= 255 else {
            return nil
        }
        self.init(checked: labels)
    }

    /// From a text without escapes, such as `web.example`; a final dot is ignored, and the empty text is the root.
    package init?(_ text: String) {
        let trimmed = text.hasSuffix(".") ? text.dropLast() : text[...]
        if trimmed.isEmpty {
            self.init(checked: [])
        } else {
            self.init(labels: trimmed.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).map { Array($0) })
        }
    }

    private init(checked labels: [[UInt8]]) {
        self.labels = labels
        key = Self.text(labels.map { $0.map(Self.lowercased) })
    }

    /// The text in the notation of RFC 1035, section 5.1, without a final dot; `.` for the root.
    package var description: String { labels.isEmpty ? "." : Self.text(labels) }

    /// The form in a message, without compression.
    var wire: [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func text(_ labels: [[UInt8]]) -> String {
        var bytes: [UInt8] = []
        for (index, label) in labels.enumerated() {
            if index > 0 { bytes.append(0x2E) }
            for byte in label {
                switch byte {
                case 0x2E, 0x5C: bytes += [0x5C, byte]
                case 0x21...0x7E: bytes.append(byte)
                default:
                    let digits = Array("\(byte)".utf8)
                    bytes += [0x5C] + [UInt8](repeating: 0x30, count: 3 - digits.count) + digits
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func == (left: DomainName, right: DomainName) -> Bool { left.key == right.key }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
