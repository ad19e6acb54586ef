/// A port from 1 to 65535. An integer literal outside that is a programmer's mistake and stops the program.
package struct Port: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, ExpressibleByIntegerLiteral {
    package let rawValue: UInt16

    /// `nil` for a number outside 1...65535.
    package init?(exactly number: some BinaryInteger) {
        guard let value = UInt16(exactly: number), value > 0 else { return nil }
        rawValue = value
    }

    package init(_ number: some BinaryInteger) throws(InvalidValue) {
        guard let port = Port(exactly: number) else { throw InvalidValue("\(number)", Self.problem) }
        self = port
    }

    /// Reads decimal digits.
    package init(_ text: some StringProtocol) throws(InvalidValue) {
        guard text.utf8.allSatisfy(\.isDigit), let value = UInt16(text), value > 0 else {
            throw InvalidValue(String(text), Self.problem)
        }
        rawValue = value
    }

    package init(integerLiteral number: UInt16) {
        precondition(number > 0, "0 \(Self.problem)")
        rawValue = number
    }

    private static let problem = "is not a port from 1 to 65535"

    package var description: String { "\(rawValue)" }

    package static func < (left: Port, right: Port) -> Bool { left.rawValue < right.rawValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try container.decode(UInt16.self)
        guard let port = Port(exactly: number) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "0 \(Self.problem)")
        }
        self = port
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
