/// The value of a `Retry-After` header: seconds or a date; RFC 9110 section 10.2.3.
enum RetryAfter {
    /// How long to wait from `now`, in seconds since 1970; `nil` where the text is neither. A date that is past is 0.
    static func parse(_ text: String, now: Int64) -> Duration? {
        let trimmed = text.trimmingBlanks
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number with too many digits is longer than any wait.
            return .seconds(min(Int64(trimmed) ?? .max, 1 << 32))
        }
        guard let date = httpDate(trimmed) else { return nil }
        return .seconds(max(0, date - now))
    }

    /// Seconds since 1970 of the preferred form, such as `Sun, 06 Nov 1994 08:49:37 GMT`; RFC 9110 section 5.6.7.
    static func httpDate(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT",
            let day = Int64(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])),
            let year = Int64(words[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        // Years that begin in March have their leap day at the end.
        let shifted = Int64((month + 10) % 12)
        let start = month < 2 ? year - 1 : year
        let days = 365 * start + start / 4 - start / 100 + start / 400 + (153 * shifted + 2) / 5 + day - 1 - 719_468
        return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    var trimmingBlanks: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
