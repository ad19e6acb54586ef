import Foundation
import TestSupport
import Testing

@testable import Vocabulary

/// Crontab expressions, the calendar, and the time zone database.
@Suite(.timeLimit(.minutes(2))) struct ScheduleTests {
    private static func zone(_ name: String) throws -> TimeZoneRules {
        let data = try Data(contentsOf: URL(filePath: "\(TimeZoneRules.directory)/\(name)"))
        return try #require(TimeZoneRules(bytes: Array(data)))
    }

    /// `2026-03-29 00:30` in UTC as seconds.
    private static func utc(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int64 {
        CivilTime(day: CivilTime.day(year: year, month: month, day: day), minute: hour * 60 + minute).seconds
    }

    private static func next(
        _ cron: String, _ time: Int64, _ count: Int = 1, in zone: TimeZoneRules = .utc
    ) throws -> [String] {
        let expression = try CronExpression(cron)
        var time = time
        var found: [String] = []
        for _ in 0..<count {
            guard let next = expression.next(after: time, in: zone) else { break }
            found.append("\(zone.civil(at: next))")
            time = next
        }
        return found
    }

    @Test(arguments: [
        ("* * * * *", "2026-11-30 10:08"), ("*/15 * * * *", "2026-11-30 10:15"), ("0 3 * * *", "2026-12-01 03:00"),
        ("7 10 * * *", "2026-12-01 10:07"), ("0 0 1 1 *", "2027-01-01 00:00"), ("@hourly", "2026-11-30 11:00"),
        ("@weekly", "2026-12-06 00:00"), ("0 12 * * 7", "2026-12-06 12:00"), ("30 9 * * mon-fri", "2026-12-01 09:30"),
        ("0 0 29 2 *", "2028-02-29 00:00"), ("0 0 13 * fri", "2026-12-04 00:00"), ("0 0 */2 * 1", "2026-12-07 00:00"),
        ("5-10/2 8,20 * DEC *", "2026-12-01 08:05"), ("0 22-23 * * *", "2026-11-30 22:00"),
        ("40/10 * * * *", "2026-11-30 10:40"),
    ])
    func expressionsComeAsCrontabSays(cron: String, expected: String) throws {
        #expect(try Self.next(cron, Self.utc(2026, 11, 30, 10, 7)) == [expected])
    }

    @Test(arguments: [
        ("61 * * * *", "`61` is not from 0 to 59 (the field of the minute)"),
        ("* 24 * * *", "`24` is not from 0 to 23 (the field of the hour)"),
        ("* * 0 * *", "`0` is not from 1 to 31 (the field of the day of the month)"),
        ("* * * 13 *", "`13` is not from 1 to 12, or a name such as `feb` (the field of the month)"),
        ("* * * * 8", "`8` is not from 0 to 7, or a name such as `mon` (the field of the weekday)"),
        ("5-1 * * * *", "`5-1` begins after its end"), ("*/0 * * * *", "`*/0` has the step `0`"),
        ("* * * *", "it has 4 fields"), ("@noon", "the words are @annually"), ("0 0 30 2 *", "never comes"),
        ("-1 * * * *", "is not from 0 to 59"), ("1,,2 * * * *", "is not from 0 to 59"), ("", "it has 0 fields"),
    ])
    func mistakesAreNamed(cron: String, problem: String) {
        #expect(throws: InvalidValue.self) { try CronExpression(cron) }
        do {
            _ = try CronExpression(cron)
        } catch {
            #expect("\(error)".contains(problem), "\(error)")
        }
    }

    @Test func aSkippedTimeComesWhenTheClocksAreMovedAndARepeatedOneOnce() throws {
        let paris = try Self.zone("Europe/Paris")
        // 29 March 2026: 02:00 is 03:00 at once. 25 October: 03:00 is 02:00 again.
        #expect(
            try Self.next("30 2 * * *", Self.utc(2026, 3, 28), 3, in: paris)
                == ["2026-03-28 02:30", "2026-03-29 03:00", "2026-03-30 02:30"])
        #expect(
            try Self.next("30 2 * * *", Self.utc(2026, 10, 24), 3, in: paris)
                == ["2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"])
        // Every hour is every hour.
        #expect(
            try Self.next("0 * * * *", Self.utc(2026, 10, 24, 23), 4, in: paris)
                == ["2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00", "2026-10-25 04:00"])
        #expect(
            try Self.next("0 * * * *", Self.utc(2026, 3, 28, 23, 30), 3, in: paris)
                == ["2026-03-29 01:00", "2026-03-29 03:00", "2026-03-29 04:00"])
    }

    /// The reader of the database and the rules for late years against date(1).
    @Test(arguments: [
        "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Europe/Dublin",
        "Pacific/Apia", "Africa/Casablanca", "America/Godthab", "Etc/GMT+5",
    ])
    func zonesAreThoseOfTheHost(name: String) throws {
        let rules = try Self.zone(name)
        var generator = SystemRandomNumberGenerator()
        let times = (0..<300).map { _ in Int64.random(in: -2_000_000_000...6_000_000_000, using: &generator) }
        let file = FileManager.default.temporaryDirectory.path + "/trice-times-\(UInt32.random(in: 0...UInt32.max))"
        try times.map { "@\($0)\n" }.joined().write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let output = try Command(
            "date", ["-f", file, "+%Y-%m-%d %H:%M %Z"],
            environment: ["TZ": name, "PATH": "/usr/bin:/bin", "LC_ALL": "C"]
        ).run()
        let own = times.map { "\(rules.civil(at: $0)) \(rules.offset(at: $0).abbreviation)" }
        #expect(own == output.standardOutput.split(separator: "\n").map(String.init))
    }

    @Test func damagedFilesAreNoZones() throws {
        let data = Array(try Data(contentsOf: URL(filePath: "\(TimeZoneRules.directory)/Europe/Paris")))
        #expect(TimeZoneRules(bytes: []) == nil)
        #expect(TimeZoneRules(bytes: Array("TZif2".utf8)) == nil)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var damaged = Array(data.prefix(Int.random(in: 0...data.count, using: &generator)))
            for _ in 0..<3 where !damaged.isEmpty {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255)
            }
            // Whatever it says, nothing traps.
            _ = TimeZoneRules(bytes: damaged)?.civil(at: 1_800_000_000)
        }
        for text in ["CET", "CET-1CEST,M3.5.0", "<-03", "A1", "CET-1CEST,M13.5.0,M10.5.0", "CET-999", ""] {
            #expect(PosixTimeZone(parsing: text) == nil, "\(text)")
        }
        #expect(!TimeZoneRules.isName("../../etc/passwd") && !TimeZoneRules.isName("/etc/localtime"))
    }

    /// By `date -u -d @TIME +%Y%m%dT%H%M%S`.
    @Test(arguments: [
        (0, "19700101", "000000"), (951_782_399, "20000228", "235959"), (1_764_574_265, "20251201", "073105"),
    ])
    func aMomentByDigits(time: Int64, day: String, clock: String) {
        let digits = CivilTime.digits(ofTime: time)
        #expect(digits.day == day && digits.clock == clock)
    }

    @Test func everyDayHasItsDate() {
        var day = CivilTime.day(year: 1890, month: 1, day: 1)
        var expected = (year: 1890, month: 1, day: 1)
        while expected.year < 2110 {
            let found = CivilTime(day: day, minute: 0).date
            #expect(found == expected)
            if found != expected { return }
            day += 1
            let isLeap = expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][expected.month - 1]
            expected.day += 1
            if expected.day > length { (expected.day, expected.month) = (1, expected.month + 1) }
            if expected.month > 12 { (expected.month, expected.year) = (1, expected.year + 1) }
        }
    }
}
