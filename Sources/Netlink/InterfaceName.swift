/// The name of a network interface; the kernel's `dev_valid_name`, and narrower: printable ASCII that needs no
/// quoting in a ruleset or a shell.
package struct InterfaceName: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let rawValue: String

    package static let loopback = InterfaceName(unchecked: "lo")
    package static let eth0 = InterfaceName(unchecked: "eth0")

    private init(unchecked rawValue: String) {
        self.rawValue = rawValue
    }

    /// - Throws: `.invalidValue` when empty, longer than 15 bytes, `.`, `..`, or not of letters, digits, `.`, `_`, `-`.
    package init(_ text: String) throws(NetlinkError) {
        guard let reason = Self.complaint(text) else {
            rawValue = text
            return
        }
        throw NetlinkError(.invalidValue, "\"\(text)\" cannot name a network interface: \(reason)")
    }

    /// The prefix and the lowest 40 bits of `hash` in ten hexadecimal digits.
    ///
    /// - Precondition: the prefix has one to five bytes that are valid in a name.
    package init(prefix: StaticString, hash: UInt64) {
        let digits = String(hash & 0xFF_FFFF_FFFF, radix: 16)
        let name = "\(prefix)" + String(repeating: "0", count: 10 - digits.count) + digits
        precondition(Self.complaint(name) == nil, "a prefix that cannot stand in an interface name")
        rawValue = name
    }

    private static func complaint(_ text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > 15 { return "it is longer than 15 bytes" }
        if text == "." || text == ".." { return "it means a directory" }
        let isAllowed = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isAllowed ? nil : "it may hold letters, digits, \".\", \"_\" and \"-\""
    }

    package var description: String { rawValue }

    package static func < (left: InterfaceName, right: InterfaceName) -> Bool {
        left.rawValue < right.rawValue
    }

    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
