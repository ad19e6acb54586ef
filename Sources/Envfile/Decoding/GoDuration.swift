internal import Diagnostics

/// Durations as Go writes them, such as `1m30s` or `500ms`; days and weeks as Compose allows.
enum GoDuration {
    static let expected = "a duration such as `10s`, `1m30s` or `500ms`"

    static func decoded(from cursor: Cursor) -> Duration? {
        guard let text = cursor.stringValue else {
            let hint = cursor.scalar.flatMap { $0.type == .integer ? "add a unit: `\($0.text)s`" : nil }
            cursor.mismatch(expected, hint: hint)
            return nil
        }
        if let duration = parse(text) { return duration }
        cursor.error("`\(text)` is no duration", expected: expected)
        return nil
    }

    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Array(text.utf8)[...]
        guard !rest.isEmpty else { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(unit.count)
            guard let scale = nanoseconds(in: String(decoding: unit, as: UTF8.self)),
                let value = product(number, scale)
            else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(value)
            // More than Go's Int64 of nanoseconds (292 years) is no duration either.
            guard !overflows, sum <= UInt64(Int64.max) else { return nil }
            total = sum
        }
        return .nanoseconds(Int64(total))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func nanoseconds(in unit: String) -> UInt64? {
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
        guard parts.count <= 2, number.contains(where: isDigit) else { return nil }
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

/// Names of Linux signals.
enum SignalName {
    /// By number, from 1 (signal(7), x86 and ARM).
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    /// The text as written; a text that is not a signal is reported.
    static func decoded(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString(), canonical(text) == nil else { return cursor.stringValue }
        let bare = text.uppercased().hasPrefix("SIG") ? String(text.dropFirst(3)) : text
        let nearest = Suggestion.nearest(to: bare, in: names)
        cursor.unusable(
            "`\(text)` is no signal", expected: "a signal such as `SIGTERM`",
            hint: nearest.map { "did you mean `SIG\($0)`?" })
        return text
    }

    /// `SIGTERM` for `SIGTERM`, `term` and `15`; `nil` for other text.
    static func canonical(_ text: String) -> String? {
        if let number = Int(text) {
            if names.indices.contains(number - 1) { return "SIG" + names[number - 1] }
            return (34...64).contains(number) ? (number == 34 ? "SIGRTMIN" : "SIGRTMIN+\(number - 34)") : nil
        }
        let upper = text.uppercased()
        let bare = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        switch bare {
        case "IOT": return "SIGABRT"
        case "CLD": return "SIGCHLD"
        case "POLL": return "SIGIO"
        case "RTMIN": return "SIGRTMIN"
        case "RTMAX": return "SIGRTMIN+30"
        default: break
        }
        if names.contains(bare) { return "SIG" + bare }
        for (prefix, base, sign) in [("RTMIN+", 0, 1), ("RTMAX-", 30, -1)] where bare.hasPrefix(prefix) {
            guard let step = UInt8(bare.dropFirst(prefix.count)), step <= 30 else { return nil }
            let offset = base + sign * Int(step)
            return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+\(offset)"
        }
        return nil
    }
}
