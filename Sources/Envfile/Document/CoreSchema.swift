/// The types of plain scalars by YAML 1.2.2 §10.3 (the core schema).
enum CoreSchema {
    static func type(of text: String) -> Scalar.ScalarType {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"),
            UInt8(ascii: "f"), UInt8(ascii: "F"):
            switch text {
            case "~", "null", "Null", "NULL": return .null
            case "true", "True", "TRUE", "false", "False", "FALSE": return .bool
            default: return .string
            }
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return numberType(Array(text.utf8))
        default:
            return .string
        }
    }

    /// The value of an integer of this schema; `nil` for other text, or when it does not fit.
    static func integer(_ text: String) -> Int? {
        guard type(of: text) == .integer else { return nil }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        return Int(text)
    }

    private static func numberType(_ bytes: [UInt8]) -> Scalar.ScalarType {
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            if bytes[1] == UInt8(ascii: "o") { return bytes[2...].allSatisfy(isOctal) ? .integer : .string }
            if bytes[1] == UInt8(ascii: "x") { return bytes[2...].allSatisfy(isHexadecimal) ? .integer : .string }
        }
        var rest = bytes[...]
        let isSigned = rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-")
        if isSigned { rest = rest.dropFirst() }
        switch String(decoding: rest, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return .float
        case ".nan", ".NaN", ".NAN": return isSigned ? .string : .float
        default: break
        }
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        if rest.isEmpty { return whole > 0 ? .integer : .string }
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(fraction)
        }
        guard whole + fraction > 0 else { return .string }
        if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return .string }
            return .float
        }
        return rest.isEmpty ? .float : .string
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isOctal(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "7") }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }
}
