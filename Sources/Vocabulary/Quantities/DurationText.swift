/// Durations as Compose and Go write them, such as `1m30s` or `500ms`; days and weeks are read too.
extension Duration {
    /// What to say where one is expected.
    package static let expectedComposeText = "a duration such as `10s`, `1m30s` or `500ms`"

    /// Reads numbers with units: ns, us, ms, s, m, h, d, w. Only `0` needs no unit.
    ///
    /// - Throws: also for what exceeds Go's range, 292 years.
    package init(composeText text: String) throws(InvalidValue) {
        guard let nanoseconds = Self.nanoseconds(text) else {
            throw InvalidValue(text, "is not \(Self.expectedComposeText)")
        }
        self = .nanoseconds(nanoseconds)
    }

    /// `nil` for a text that is not a duration, for a caller that needs no reason.
    package static func parsing(composeText text: String) -> Duration? {
        nanoseconds(text).map { .nanoseconds($0) }
    }

    private static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var rest = Array(text.utf8)[...]
        guard !rest.isEmpty else { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !$0.isDigit && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(unit.count)
            guard let scale = scale(of: String(decoding: unit, as: UTF8.self)), let value = product(number, scale)
            else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(value)
            guard !overflows, sum <= UInt64(Int64.max) else { return nil }
            total = sum
        }
        return Int64(total)
    }

    /// The nanoseconds of a unit.
    private static func scale(of unit: String) -> UInt64? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        case "w": 604_800_000_000_000
        default: nil
        }
    }

    private static func product(_ number: ArraySlice<UInt8>, _ scale: UInt64) -> UInt64? {
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, number.contains(where: \.isDigit) else { return nil }
        let whole = parts[0].isEmpty ? 0 : UInt64(String(decoding: parts[0], as: UTF8.self))
        guard let whole else { return nil }
        let (value, overflows) = whole.multipliedReportingOverflow(by: scale)
        guard !overflows else { return nil }
        guard parts.count == 2 else { return value }
        var fraction: UInt64 = 0
        var place = scale
        for digit in parts[1] {
            place /= 10
            fraction += UInt64(digit - UInt8(ascii: "0")) * place
        }
        let (sum, carries) = value.addingReportingOverflow(fraction)
        return carries ? nil : sum
    }
}

extension Duration {
    /// In whole milliseconds, rounded towards zero; the largest number for more.
    package var milliseconds: Int { Int(clamping: whole(perSecond: 1000)) }

    /// In whole nanoseconds, rounded towards zero; the largest number for more, which is 292 years.
    package var nanoseconds: Int64 { whole(perSecond: 1_000_000_000) }

    private func whole(perSecond units: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        return Int64(
            clamping: Int128(seconds) * Int128(units) + Int128(attoseconds / (1_000_000_000_000_000_000 / units)))
    }

    /// The form that Go's `Duration.String` writes: `1m30s`, `1h0m0s`, `1.5ms`.
    package var composeText: String {
        let (seconds, attoseconds) = components
        let nanoseconds = attoseconds / 1_000_000_000
        guard seconds > 0 else {
            switch nanoseconds {
            case 0: return "0s"
            case ..<1_000: return "\(nanoseconds)ns"
            case ..<1_000_000: return Self.decimal(nanoseconds, places: 3) + "µs"
            default: return Self.decimal(nanoseconds, places: 6) + "ms"
            }
        }
        let hours = seconds >= 3600 ? "\(seconds / 3600)h" : ""
        let minutes = seconds >= 60 ? "\(seconds / 60 % 60)m" : ""
        return hours + minutes + Self.decimal(seconds % 60 * 1_000_000_000 + nanoseconds, places: 9) + "s"
    }

    /// A whole number with the decimal point moved, without zeros at the end.
    private static func decimal(_ value: Int64, places: Int) -> String {
        let unit = (0..<places).reduce(Int64(1)) { product, _ in product * 10 }
        let digits = String(value % unit)
        var fraction = String(repeating: "0", count: places - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(value / unit)" : "\(value / unit).\(fraction)"
    }
}
