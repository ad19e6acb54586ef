/// Reads a JSON text; RFC 8259. Nesting is limited, so that no text can exhaust the stack.
struct JSONParser {
    private static let maximumDepth = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func malformed(_ what: String) -> JSONDocument.Malformed {
        JSONDocument.Malformed(what: what, offset: position)
    }

    mutating func document() throws(JSONDocument.Malformed) -> JSONDocument {
        let value = try self.value()
        skipSpace()
        guard byte == nil else { throw malformed("something follows the value") }
        return value
    }

    private mutating func value() throws(JSONDocument.Malformed) -> JSONDocument {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONDocument.Malformed) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONDocument.Malformed) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        default: return .literal(try literal())
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONDocument.Malformed) -> JSONDocument
    ) throws(JSONDocument.Malformed) -> JSONDocument {
        depth += 1
        guard depth <= Self.maximumDepth else { throw malformed("it is nested too deeply") }
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws(JSONDocument.Malformed) -> JSONDocument {
        var members: [JSONDocument.Member] = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw malformed("a name in quotes is expected") }
            let name = JSONDocument.unescape(try string())
            skipSpace()
            guard take(":") else { throw malformed("`:` is expected") }
            members.append(JSONDocument.Member(name: name, value: try value()))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw malformed("`,` or `}` is expected") }
        }
    }

    private mutating func array() throws(JSONDocument.Malformed) -> JSONDocument {
        var elements: [JSONDocument] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw malformed("`,` or `]` is expected") }
        }
    }

    /// The raw text between two quotes.
    private mutating func string() throws(JSONDocument.Malformed) -> String {
        position += 1
        let start = position
        while let next = byte {
            switch next {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
                    throw malformed("a string is not UTF-8")
                }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape()
            case 0..<0x20: throw malformed("a string has a control character")
            default: position += 1
            }
        }
        throw malformed("a string does not end")
    }

    private mutating func escape() throws(JSONDocument.Malformed) {
        guard let kind = byte else { throw malformed("a string does not end") }
        position += 1
        if kind == UInt8(ascii: "u") {
            for _ in 0..<4 {
                guard let digit = byte, Character(Unicode.Scalar(digit)).isHexDigit else {
                    throw malformed("`\\u` needs four hexadecimal digits")
                }
                position += 1
            }
        } else if !Array("\"\\/bfnrt".utf8).contains(kind) {
            throw malformed("a string has an unknown escape")
        }
    }

    private mutating func literal() throws(JSONDocument.Malformed) -> String {
        let start = position
        while let next = byte, Character(Unicode.Scalar(next)).isLetter || Array("+-.0123456789".utf8).contains(next) {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard ["true", "false", "null"].contains(text) || Self.isNumber(text) else {
            position = start
            throw malformed("a value is expected")
        }
        return text
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard let first = digits.first, first.isASCII, first.isNumber, Double(text) != nil else { return false }
        return text.allSatisfy { $0.isNumber || "+-.eE".contains($0) } && digits.last?.isNumber == true
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let next = byte, [0x20, 0x09, 0x0a, 0x0d].contains(next) { position += 1 }
    }
}
