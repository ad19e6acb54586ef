/// Texts as scalars of YAML.
package enum YAMLQuoting {
    /// The text in double quotes, with all that is no visible character escaped; YAML 1.2.2, sections 5.7 and 7.3.1.
    package static func doubleQuoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                switch scalar.value {
                case 0x20..<0x7F, 0xA1..<0x2028, 0x202A..<0xD800, 0xE000..<0xFEFF, 0xFF00..<0xFFFE:
                    result.unicodeScalars.append(scalar)
                case 0x10000...: result.unicodeScalars.append(scalar)
                case let code where code < 0x100: result += "\\x" + hexadecimal(code, digits: 2)
                case let code: result += "\\u" + hexadecimal(code, digits: 4)
                }
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ code: UInt32, digits: Int) -> String {
        let text = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
