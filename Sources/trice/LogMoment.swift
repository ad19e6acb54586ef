internal import ArgumentParser
internal import FoundationEssentials
internal import LinuxSystem
internal import Vocabulary

/// A moment as `--since` and `--until` take it: how long ago, or a time of day.
struct LogMoment: ExpressibleByArgument, Equatable {
    /// Since 1970-01-01 00:00 UTC.
    let nanoseconds: UInt64

    init?(argument: String) {
        self.init(argument, now: WallClock.nanoseconds)
    }

    /// Reads `10m`, `2026-01-02T13:23:37Z`, `2026-01-02T13:23:37.5+01:00`, `2026-01-02` (in UTC) and seconds since 1970.
    init?(_ text: String, now: Int64) {
        if let ago = Duration.parsing(composeText: text), text != "0" {
            nanoseconds = UInt64(max(0, now - ago.nanoseconds))
        } else if text.allSatisfy({ $0.isNumber || $0 == "." }), let seconds = Double(text), seconds < 1e10 {
            nanoseconds = UInt64(seconds * 1e9)
        } else if let date = Self.date(text), date.timeIntervalSince1970 >= 0 {
            // Milliseconds are what a Double keeps for sure.
            nanoseconds = UInt64((date.timeIntervalSince1970 * 1000).rounded()) * 1_000_000
        } else {
            return nil
        }
    }

    private static func date(_ text: String) -> Date? {
        let whole = text.contains("T") ? text : text + "T00:00:00"
        let clock = whole.split(separator: "T").last ?? ""
        let hasZone = clock.contains { "Z+-".contains($0) }
        let zoned = hasZone ? whole : whole + "Z"
        // The two forms are tried one after the other.
        return (try? Date(zoned, strategy: .iso8601))
            ?? (try? Date(zoned, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
