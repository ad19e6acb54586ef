/// A tree of plain values in a fixed order, to be written as YAML or JSON.
package enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([Value])
    case map([Member])

    /// One key of a map with its value.
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: Value

        package init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A map of strings, sorted by key.
    static func strings(_ values: [String: String]) -> Value {
        .map(values.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
    }
}

extension Value: Encodable {
    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .list(let items):
            var container = encoder.unkeyedContainer()
            for item in items { try container.encode(item) }
        case .map(let members):
            var container = encoder.container(keyedBy: Key.self)
            for member in members { try container.encode(member.value, forKey: Key(stringValue: member.key)) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}

extension Value {
    /// JSON (RFC 8259) with two blanks per level, members in the order of the tree and a line feed at the end.
    package func jsonText() -> String {
        var text = ""
        writeJSON(to: &text, indentation: 0)
        return text + "\n"
    }

    private func writeJSON(to text: inout String, indentation: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? Self.numberText(value) : "null"
        case .string(let value): Self.writeJSON(value, to: &text)
        case .list(let items):
            Self.write(items, between: ("[", "]"), to: &text, indentation: indentation) { item, text in
                item.writeJSON(to: &text, indentation: indentation + 1)
            }
        case .map(let members):
            Self.write(members, between: ("{", "}"), to: &text, indentation: indentation) { member, text in
                Self.writeJSON(member.key, to: &text)
                text += ": "
                member.value.writeJSON(to: &text, indentation: indentation + 1)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between brackets: (String, String), to text: inout String, indentation: Int,
        _ body: (Element, inout String) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            text += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indentation + 1)
            body(element, &text)
        }
        if !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += brackets.1
    }

    private static func writeJSON(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                switch scalar.value {
                // The characters of RFC 8259, and those that disturb a terminal or a YAML reader.
                case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
