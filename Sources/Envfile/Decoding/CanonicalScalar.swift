/// The texts that Compose uses for numbers and booleans in place of a string.
enum CanonicalScalar {
    static func text(_ scalar: Scalar) -> String {
        switch scalar.type {
        case .null, .string: scalar.text
        case .bool: scalar.text.lowercased()
        case .integer: integerText(scalar.text) ?? Double(scalar.text).map(text) ?? scalar.text
        case .float: double(scalar.text).map(text) ?? scalar.text
        }
    }

    /// The shortest text that reads back as the number, with an exponent only below 1e-4 and from 1e21 on.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return sign + "0" }
        let (digits, exponent) = decimal(value.magnitude)
        if exponent < -4 || exponent >= 21 { return sign + scientific(digits, exponent) }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = exponent + 1
        if digits.count <= whole { return sign + digits + String(repeating: "0", count: whole - digits.count) }
        return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
    }

    private static func scientific(_ digits: String, _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
        let power = String(exponent.magnitude)
        return digits.prefix(1) + fraction + (exponent < 0 ? "e-" : "e+") + (power.count < 2 ? "0" + power : power)
    }

    /// The significant digits, and the power of ten of the first one.
    private static func decimal(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = "\(value)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.hasSuffix("0") { digits.removeLast() }
        let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        return (digits, whole.count - 1 - leading + shift)
    }

    /// An integer in base 16, 8 (`0o17` and `017`) or 10.
    private static func integerText(_ text: String) -> String? {
        let isNegative = text.hasPrefix("-")
        let bare = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let magnitude: UInt64? =
            if bare.hasPrefix("0x") {
                UInt64(bare.dropFirst(2), radix: 16)
            } else if bare.hasPrefix("0o") {
                UInt64(bare.dropFirst(2), radix: 8)
            } else if bare.hasPrefix("0"), bare.count > 1 {
                UInt64(bare.dropFirst(), radix: 8)
            } else {
                UInt64(bare)
            }
        return magnitude.map { (isNegative && $0 > 0 ? "-" : "") + String($0) }
    }

    /// A float of the core schema.
    static func double(_ text: String) -> Double? {
        switch text.lowercased() {
        case ".inf", "+.inf": .infinity
        case "-.inf": -.infinity
        case ".nan": .nan
        default: Double(text)
        }
    }
}
