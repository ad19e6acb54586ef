internal import FoundationEssentials
internal import ImageCommands
internal import Vocabulary

/// Durations and sizes as a person reads them.
enum Format {
    /// `12 ms`, `3.4 s`, `2 min 5 s`.
    static func elapsed(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return "\(milliseconds / 60_000) min \(milliseconds % 60_000 / 1000) s"
    }

    /// `5 seconds`, `2 minutes`, `3 hours`, `4 days`.
    static func age(seconds: Int64) -> String {
        func count(_ number: Int64, _ unit: String) -> String { "\(number) \(unit)\(number == 1 ? "" : "s")" }
        switch seconds {
        case ..<60: return count(max(0, seconds), "second")
        case ..<3600: return count(seconds / 60, "minute")
        case ..<86400: return count(seconds / 3600, "hour")
        default: return count(seconds / 86400, "day")
        }
    }
}

extension Format {
    /// `512 B`, `1.2 kB`, `170 MB`: powers of 1000, as Docker shows sizes.
    static func bytes(_ count: Int64) -> String { sizeText(count) }

    /// The first twelve digits of a digest; any other text as it is, cut where it is long.
    static func shortDigest(_ text: String) -> String {
        guard let colon = text.firstIndex(of: ":"), text[..<colon].hasPrefix("sha") else {
            return String(text.suffix(14))
        }
        return String(text[text.index(after: colon)...].prefix(12))
    }
}

extension Format {
    /// `1 layer`, `3 layers`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// `3 hours ago` for a time in RFC 3339; any other text as it is.
    static func age(since text: String) -> String {
        guard let date = try? Date(text, strategy: .iso8601) else { return dateWithoutFraction(text) ?? text }
        return ago(date)
    }

    /// Go writes fractions of a second, which the plain format does not have.
    private static func dateWithoutFraction(_ text: String) -> String? {
        guard let point = text.firstIndex(of: "."),
            let rest = text[point...].dropFirst().firstIndex(where: { !$0.isNumber }),
            // A text that is no date is shown as it is.
            let date = try? Date(String(text[..<point] + text[rest...]), strategy: .iso8601)
        else { return nil }
        return ago(date)
    }

    private static func ago(_ date: Date) -> String {
        let seconds = Int64(Date.now.timeIntervalSince(date))
        // Images that can be made again bear the beginning of time.
        return seconds > 50 * 365 * 86400 ? "-" : "\(age(seconds: seconds)) ago"
    }
}
