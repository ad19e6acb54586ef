/// By which a registry has the baked image of a service: its name and the key of base and steps, such as `web-7d0c…`.
package struct BakedTag: Hashable, Sendable, CustomStringConvertible {
    /// The service's name as a tag can have it.
    package let prefix: String
    /// The key of base and steps: digits and letters.
    package let key: String

    package init(service: String, key: String) {
        prefix = Self.prefix(of: service)
        self.key = key
    }

    /// - Returns: `nil` for a reference without such a tag.
    package init?(ofReference reference: String) {
        guard let colon = reference.lastIndex(of: ":"), let dash = reference[colon...].lastIndex(of: "-") else {
            return nil
        }
        prefix = String(reference[reference.index(after: colon)..<dash])
        key = String(reference[reference.index(after: dash)...])
    }

    /// No tag is longer than 128.
    private static let longestPrefix = 80

    /// The name with a `-` in place of what is no letter or digit, not two beside each other, and none at its ends.
    package static func prefix(of service: String) -> String {
        let name = service.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let plain = String(name).split(separator: "-").joined(separator: "-")
        return String(plain.prefix(longestPrefix))
    }

    package var description: String { "\(prefix)-\(key)" }
}
