/// Values as Go's standard library reads and prints them: Docker's formats are made of them.
enum GoValue {
    /// What `strconv.ParseBool` takes.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// An unsigned number of digits only.
    static func unsigned(_ text: String, radix: Int = 10) -> UInt32? {
        text.utf8.allSatisfy { $0 != 0x2B && $0 != 0x2D } ? UInt32(text, radix: radix) : nil
    }

    /// A duration such as `1m30s` or `1.5h`; `nil` for other text, and for more than 292 years.
    static func duration(_ text: String) -> Duration? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var nanoseconds = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest[unit.endIndex...]
            guard let factor = units[String(unit)], number.contains(where: \.isNumber),
                let value = Double(number.hasPrefix(".") ? "0\(number)" : String(number))
            else { return nil }
            nanoseconds += value * factor
        }
        guard nanoseconds < 9.2e18 else { return nil }
        return .nanoseconds(Int64(nanoseconds.rounded()) * (isNegative ? -1 : 1))
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// A duration as Go prints it: `0s`, `1m30s`, `1.5s`, `100ms`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000)
        switch nanoseconds {
        case 0: return "0s"
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<1_000_000: return "\(decimal(nanoseconds, 1_000))µs"
        case ..<1_000_000_000: return "\(decimal(nanoseconds, 1_000_000))ms"
        default:
            let minutes = nanoseconds / 60_000_000_000
            let rest = "\(decimal(nanoseconds % 60_000_000_000, 1_000_000_000))s"
            if minutes == 0 { return rest }
            return minutes < 60 ? "\(minutes)m\(rest)" : "\(minutes / 60)h\(minutes % 60)m\(rest)"
        }
    }

    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        var digits = String(value % unit + unit).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(value / unit)" : "\(value / unit).\(digits)"
    }

    /// A size in bytes such as `64m`, `1.5GiB` or `100`; units are powers of 1024.
    static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        var unit = text[number.endIndex...].drop { $0 == " " }.lowercased()
        if unit.hasSuffix("b") { unit.removeLast() }
        if unit.count == 2, unit.hasSuffix("i") { unit.removeLast() }
        guard let power = ["", "k", "m", "g", "t", "p"].firstIndex(of: unit),
            number.first?.isNumber == true, let value = Double(number)
        else { return nil }
        let bytes = (0..<power).reduce(value) { size, _ in size * 1024 }
        return bytes < 9.2e18 ? Int64(bytes) : nil
    }

    /// A string in double quotes with Go's escapes, as `%q` prints it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{07}": result += "\\a"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0B}": result += "\\v"
            case _ where scalar.isPrintable: result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x80: result += "\\x" + hexadecimal(scalar.value, 2)
            case _ where scalar.value < 0x1_0000: result += "\\u" + hexadecimal(scalar.value, 4)
            default: result += "\\U" + hexadecimal(scalar.value, 8)
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Unicode.Scalar {
    /// Whether Go prints it unchanged: letters, marks, numbers, punctuation, symbols and the ASCII blank.
    fileprivate var isPrintable: Bool {
        if value < 0x80 { return (0x20..<0x7F).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return false
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }
}
