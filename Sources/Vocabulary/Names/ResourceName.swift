/// The name of a service, network or volume, as a key of the Envfile: `[a-zA-Z0-9][a-zA-Z0-9._-]*`, at most 128 bytes.
///
/// A string literal that is not such a name is a programmer's mistake and stops the program.
package protocol ResourceName: TextualValue, Comparable, ExpressibleByStringLiteral, CodingKeyRepresentable {
    /// What it names, for messages: `service`.
    static var kind: String { get }
    var rawValue: String { get }
    /// For texts that have been checked.
    init(unchecked rawValue: String)
}

extension ResourceName {
    /// The length of the longest name, in bytes.
    package static var longest: Int { 128 }

    /// How to mend a text that is no name.
    package static func remedy(for text: String) -> String {
        let length = text.utf8.count
        return length > longest
            ? "use at most \(longest) bytes; this name has \(length)"
            : "use letters, digits, `.`, `_` and `-`, and begin with a letter or digit"
    }

    /// Whether the text has the form of a name.
    package static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isAlphanumeric, text.utf8.count <= longest else { return false }
        return text.utf8.allSatisfy {
            $0.isAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }

    package init(_ text: String) throws(InvalidValue) {
        guard Self.isValid(text) else {
            throw InvalidValue(text, "is not a valid \(Self.kind) name: \(Self.remedy(for: text))")
        }
        self.init(unchecked: text)
    }

    package init(stringLiteral text: String) {
        precondition(Self.isValid(text), "`\(text)` is not a valid \(Self.kind) name")
        self.init(unchecked: text)
    }

    package var description: String { rawValue }

    package var codingKey: any CodingKey { NameKey(stringValue: rawValue) }

    package init?(codingKey: some CodingKey) { self.init(parsing: codingKey.stringValue) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A name as the key of an encoded dictionary.
private struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A key of `services` or `jobs`.
package struct ServiceName: ResourceName {
    package static let kind = "service"
    package let rawValue: String

    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A key of `networks`.
package struct NetworkName: ResourceName {
    package static let kind = "network"
    package let rawValue: String

    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A key of `volumes`.
package struct VolumeName: ResourceName {
    package static let kind = "volume"
    package let rawValue: String

    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

extension Sequence where Element: ResourceName {
    /// One text, as `joined` makes of strings.
    package func joined(separator: String) -> String { map(\.rawValue).joined(separator: separator) }
}

extension Array where Element: ResourceName {
    /// Names that a user has given, which are looked up and not checked for their form.
    package init(unchecked texts: [String]) { self = texts.map { Element(unchecked: $0) } }
}
