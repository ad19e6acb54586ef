/// A JSON text as a tree that loses nothing: members keep their order, numbers and strings the way they are written.
///
/// So a file of another program can be changed in one place and written back; RFC 8259.
indirect enum JSONDocument: Hashable, Sendable {
    case object([Member])
    case array([JSONDocument])
    /// The raw text between the quotes, with its escapes.
    case string(String)
    /// A number, `true`, `false` or `null` as the document contains it.
    case literal(String)

    struct Member: Hashable, Sendable {
        /// Without escapes.
        var name: String
        var value: JSONDocument
    }

    /// Why a text is no JSON, and at which byte.
    struct Malformed: Error, Hashable {
        var what: String
        var offset: Int
    }

    static func parse(_ bytes: [UInt8]) -> Result<JSONDocument, Malformed> {
        Result { () throws(Malformed) in
            var parser = JSONParser(bytes)
            return try parser.document()
        }
    }

    /// A string that has this text.
    static func text(_ text: String) -> JSONDocument { .string(escape(text)) }
}

// MARK: - Reading and changing

extension JSONDocument {
    /// The text of a string, its escapes undone.
    var string: String? {
        guard case .string(let raw) = self else { return nil }
        return Self.unescape(raw)
    }

    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// A member of an object; setting `nil` removes it, a new one comes last. The last of several members with the same
    /// name counts.
    subscript(name: String) -> JSONDocument? {
        get { members.last { $0.name == name }?.value }
        set {
            var members = members
            if let newValue {
                if let position = members.lastIndex(where: { $0.name == name }) {
                    members[position].value = newValue
                } else {
                    members.append(Member(name: name, value: newValue))
                }
            } else {
                members.removeAll { $0.name == name }
            }
            self = .object(members)
        }
    }
}

// MARK: - Writing

extension JSONDocument {
    /// With one member in a line and tabs, as docker writes its file.
    func text(indentation: Int = 0) -> String {
        let inner = String(repeating: "\t", count: indentation + 1)
        let outer = String(repeating: "\t", count: indentation)
        switch self {
        case .literal(let text): return text
        case .string(let raw): return "\"\(raw)\""
        case .array(let elements):
            if elements.isEmpty { return "[]" }
            let lines = elements.map { inner + $0.text(indentation: indentation + 1) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map { member in
                "\(inner)\"\(Self.escape(member.name))\": \(member.value.text(indentation: indentation + 1))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
        }
    }

    private static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    /// Undoes escapes; a half of a surrogate pair becomes U+FFFD.
    static func unescape(_ raw: String) -> String {
        guard raw.utf8.contains(UInt8(ascii: "\\")) else { return raw }
        var units: [UInt16] = []
        var rest = raw.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                units += Array(String(scalar).utf16)
                continue
            }
            switch escape {
            case "n": units.append(0x0a)
            case "t": units.append(0x09)
            case "r": units.append(0x0d)
            case "b": units.append(0x08)
            case "f": units.append(0x0c)
            case "u":
                units.append(UInt16(String(String.UnicodeScalarView(rest.prefix(4))), radix: 16) ?? 0xfffd)
                rest = rest.dropFirst(4)
            default: units += Array(String(escape).utf16)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
