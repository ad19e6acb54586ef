/// A day and minute of a calendar and a clock on a wall, without a time zone.
package struct CivilTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package var day: Int
    /// Minutes since the beginning of the day.
    package var minute: Int

    package init(day: Int, minute: Int) {
        self.day = day
        self.minute = minute
    }

    /// The day and minute in which a time lies, in seconds since 1970-01-01 00:00 on that clock.
    package init(seconds: Int64) {
        day = Int(seconds.flooredDivision(by: 86_400))
        minute = Int((seconds - Int64(day) * 86_400) / 60)
    }

    /// Its beginning in seconds since 1970-01-01 00:00 on that clock.
    package var seconds: Int64 { Int64(day) * 86_400 + Int64(minute) * 60 }

    /// 0 for Sunday.
    package var weekday: Int {
        let weekday = (day + 4) % 7
        return weekday < 0 ? weekday + 7 : weekday
    }

    /// Year, month from 1 and day from 1 of the Gregorian calendar, by the algorithm of days in eras of 400 years that
    /// begin with March.
    package var date: (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = Int(Int64(shifted).flooredDivision(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    /// The day and the time of day in UTC, by digits alone: `20260131` and `235959`.
    ///
    /// - Parameter time: in seconds since 1970-01-01 00:00 UTC.
    package static func digits(ofTime time: Int64) -> (day: String, clock: String) {
        let civil = CivilTime(seconds: time)
        let date = civil.date
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (
            "\(date.year)\(two(date.month))\(two(date.day))",
            "\(two(civil.minute / 60))\(two(civil.minute % 60))\(two(Int(time - civil.seconds)))"
        )
    }

    /// The days since 1970-01-01 of a date.
    package static func day(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = Int(Int64(year).flooredDivision(by: 400))
        let yearOfEra = year - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func < (left: CivilTime, right: CivilTime) -> Bool {
        (left.day, left.minute) < (right.day, right.minute)
    }

    /// Such as `2026-11-30 03:05`.
    package var description: String {
        let date = date
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.year)-\(two(date.month))-\(two(date.day)) \(two(minute / 60)):\(two(minute % 60))"
    }
}

extension Int64 {
    /// The quotient rounded down, for a positive divisor.
    func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
