/// Which container of an environment: the service's name and a number from 1; prints as `web-1`.
package struct ContainerID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let service: ServiceName
    package let number: Int

    /// - Precondition: the number is 1 or more.
    package init(service: ServiceName, number: Int) {
        precondition(number >= 1, "a container's number begins at 1")
        self.service = service
        self.number = number
    }

    /// Reads `web-1`: the number is what follows the last `-`.
    package init(_ text: String) throws(InvalidValue) {
        guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")),
            let number = Self.number(text[text.utf8.index(after: dash)...]),
            let service = ServiceName(parsing: String(text[..<dash]))
        else {
            throw InvalidValue(text, "is not a container such as web-1")
        }
        self.service = service
        self.number = number
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy(\.isDigit), !text.hasPrefix("0") else { return nil }
        return Int(text)
    }

    package var description: String { "\(service)-\(number)" }

    package static func < (left: ContainerID, right: ContainerID) -> Bool {
        (left.service, left.number) < (right.service, right.number)
    }

    private enum CodingKeys: CodingKey { case service, number }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        service = try container.decode(ServiceName.self, forKey: .service)
        number = try container.decode(Int.self, forKey: .number)
        guard number >= 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .number, in: container, debugDescription: "a container's number begins at 1")
        }
    }
}
