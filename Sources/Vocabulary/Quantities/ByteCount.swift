/// A number of bytes; its written form is decimal digits with an optional unit, a power of 1024: `64m`, `1.5gb`.
package struct ByteCount: TextualValue, Comparable, ExpressibleByIntegerLiteral {
    package let rawValue: UInt64

    /// What to say where one is expected.
    package static let expected = "a number of bytes such as 65536, 64k, 64m or 1gb"

    package init(_ bytes: UInt64) {
        rawValue = bytes
    }

    package init(integerLiteral bytes: UInt64) {
        rawValue = bytes
    }

    package init(_ text: String) throws(InvalidValue) {
        guard let bytes = Self.bytes(text) else { throw InvalidValue(text, "is not \(Self.expected)") }
        rawValue = bytes
    }

    private static func bytes(_ text: String) -> UInt64? {
        let lower = text.lowercased()
        let number = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let shift: UInt64
        switch lower.dropFirst(number.count).drop(while: { $0 == " " }) {
        case "", "b": shift = 0
        case "k", "kb", "kib": shift = 10
        case "m", "mb", "mib": shift = 20
        case "g", "gb", "gib": shift = 30
        case "t", "tb", "tib": shift = 40
        case "p", "pb", "pib": shift = 50
        default: return nil
        }
        if let whole = UInt64(number) {
            let (bytes, overflows) = whole.multipliedReportingOverflow(by: 1 << shift)
            return overflows ? nil : bytes
        }
        guard let fraction = Double(number), fraction >= 0 else { return nil }
        return UInt64(exactly: (fraction * Double(UInt64(1) << shift)).rounded(.down))
    }

    /// The bytes in decimal, which reads back exactly.
    package var description: String { "\(rawValue)" }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.rawValue < right.rawValue }
}

extension ByteCount {
    /// For a table: three digits at most, in powers of 1000: `0 B`, `999 B`, `1.5 kB`, `12 MB`.
    ///
    /// - Parameter bytes: a size or a difference of sizes.
    package static func text(_ bytes: Int64) -> String {
        var value = Double(bytes.magnitude)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        // 999.5 would be written as 1000.
        while value >= (unit == 0 ? 1000 : 999.5) && unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let sign = bytes < 0 ? "-" : ""
        if unit == 0 || value >= 9.95 { return "\(sign)\(Int(value.rounded())) \(units[unit])" }
        let tenths = Int((value * 10).rounded())
        return "\(sign)\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
