/// Why a text or a number is not a value of a type of this module.
///
/// The reader of a file adds the place; what is here names the value and says what was expected.
package struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was given.
    package let value: String
    /// The rest of the sentence, such as `is not an IPv4 address such as 10.1.2.3`.
    package let problem: String

    package init(_ value: String, _ problem: String) {
        self.value = value
        self.problem = problem
    }

    /// One sentence without a full stop: a message of its own, or a part of one.
    package var description: String { "`\(value)` \(problem)" }
}

/// A value with one written form: it is read from that text, prints as it and is encoded as it.
package protocol TextualValue: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Reads the written form.
    init(_ text: String) throws(InvalidValue)
}

extension TextualValue {
    /// `nil` for a text that is not a value, for a caller that needs no reason.
    package init?(parsing text: String) {
        do throws(InvalidValue) {
            try self.init(text)
        } catch {
            return nil
        }
    }

    package init(from decoder: any Decoder) throws {
        self = try Self.decoded(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try encodeText(to: encoder)
    }

    fileprivate static func decoded(from decoder: any Decoder) throws -> Self {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(InvalidValue) {
            return try Self(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    fileprivate func encodeText(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An enum with raw values has the coding of the standard library and that of `TextualValue` to choose from; without
/// this extension the compiler takes neither and makes a third.
extension TextualValue where Self: RawRepresentable, RawValue == String {
    package init(from decoder: any Decoder) throws {
        self = try Self.decoded(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try encodeText(to: encoder)
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// Whether it is an ASCII letter or digit.
    var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: isDigit
        }
    }
}
