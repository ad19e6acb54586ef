import Testing

@testable import trice

@Suite(.timeLimit(.minutes(1))) struct LogMomentTests {
    private static let now: Int64 = 1_700_000_000_000_000_000

    @Test(arguments: [
        ("10s", 1_699_999_990_000_000_000), ("1h30m", 1_699_994_600_000_000_000), ("0", 0), ("1.5", 1_500_000_000),
        ("1700000000", 1_700_000_000_000_000_000), ("1970-01-02", 86_400_000_000_000),
        ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01T00:00:01", 1_000_000_000),
        ("1970-01-01T01:00:01+01:00", 1_000_000_000), ("1970-01-01T00:00:01.250Z", 1_250_000_000),
    ])
    func reads(text: String, nanoseconds: UInt64) {
        #expect(LogMoment(text, now: Self.now)?.nanoseconds == nanoseconds, "\(text)")
    }

    @Test(arguments: ["", "yesterday", "-5s", "2026-13-01", "1e300", "."])
    func refuses(text: String) {
        #expect(LogMoment(text, now: Self.now) == nil, "\(text)")
    }
}
