/// When something happens again and again: five fields as in crontab(5), or a word such as `@daily`.
///
/// A field is `*`, a number, a name of a month or weekday, a range, each with a step, or a list of these. Where both the
/// day of the month and the weekday are restricted, one of them is enough. A time that the clocks skip comes when they
/// are moved, and one that they repeat comes once, unless the hour is `*`: then every hour counts.
package struct CronExpression: TextualValue {
    /// As it was written.
    package let description: String
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    /// 0 for Sunday.
    private let weekdays: Set<Int>
    private let hasAnyHour: Bool
    private let hasAnyDay: Bool
    private let hasAnyWeekday: Bool

    private static let words = [
        "@annually": "0 0 1 1 *", "@daily": "0 0 * * *", "@hourly": "0 * * * *", "@midnight": "0 0 * * *",
        "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@yearly": "0 0 1 1 *",
    ]

    /// Reads five fields, or a name such as `@daily`; crontab(5).
    package init(_ text: String) throws(InvalidValue) {
        let fields = (Self.words[text] ?? text).split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            let words = Self.words.keys.sorted().joined(separator: ", ")
            throw InvalidValue(
                text,
                text.hasPrefix("@")
                    ? "is no crontab expression: the words are \(words)"
                    : "is no crontab expression: it has \(fields.count) fields, not the five of minute, hour, day, month "
                        + "and weekday")
        }
        description = text
        minutes = try CronField.minute.values(of: fields[0])
        hours = try CronField.hour.values(of: fields[1])
        days = try CronField.day.values(of: fields[2])
        months = try CronField.month.values(of: fields[3])
        weekdays = Set(try CronField.weekday.values(of: fields[4]).map { $0 % 7 })
        hasAnyHour = fields[1].hasPrefix("*")
        hasAnyDay = fields[2].hasPrefix("*")
        hasAnyWeekday = fields[4].hasPrefix("*")
        let longest = [1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31]
        let hasDay = months.contains { month in days.contains { $0 <= longest[month] ?? 31 } }
        guard hasDay || !hasAnyWeekday else { throw InvalidValue(text, "never comes: its months have no such day") }
    }

    private func isOn(_ day: Int) -> Bool {
        let civil = CivilTime(day: day, minute: 0)
        let date = civil.date
        guard months.contains(date.month) else { return false }
        let (isDay, isWeekday) = (days.contains(date.day), weekdays.contains(civil.weekday))
        return hasAnyDay || hasAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    /// The first moment after `time`, in seconds since 1970-01-01 00:00 UTC; `nil` when ten years have no such moment.
    package func next(after time: Int64, in zone: TimeZoneRules) -> Int64? {
        let first = zone.civil(at: time).day
        // The day before counts, too: clocks that are moved back repeat its end.
        for day in (first - 1)...(first + 3660) where isOn(day) {
            if let found = next(on: day, after: time, in: zone) { return found }
        }
        return nil
    }

    private func next(on day: Int, after time: Int64, in zone: TimeZoneRules) -> Int64? {
        let begin = CivilTime(day: day, minute: 0).seconds
        let offset = zone.offset(at: begin - 86_400).seconds
        guard zone.offset(at: begin + 2 * 86_400).seconds == offset else {
            return moments(on: day, in: zone).filter { $0 > time }.min()
        }
        for hour in hours.sorted() where begin + Int64(hour + 1) * 3600 - offset > time {
            let found = minutes.map { begin + Int64(hour * 60 + $0) * 60 - offset }.filter { $0 > time }.min()
            if let found { return found }
        }
        return nil
    }

    /// All moments of a day around which the clocks are moved.
    private func moments(on day: Int, in zone: TimeZoneRules) -> [Int64] {
        hours.flatMap { hour in
            minutes.flatMap { minute -> [Int64] in
                let civil = CivilTime(day: day, minute: hour * 60 + minute)
                let moments = zone.moments(of: civil)
                if hasAnyHour { return moments }
                if let first = moments.first { return [first] }
                return [Self.endOfGap(at: civil, in: zone)]
            }
        }
    }

    /// The moment at which clocks are moved over a time.
    private static func endOfGap(at civil: CivilTime, in zone: TimeZoneRules) -> Int64 {
        var minute = civil
        while true {
            minute = CivilTime(seconds: minute.seconds + 60)
            if let moment = zone.moments(of: minute).first { return moment }
        }
    }
}

/// One field of a crontab expression.
private enum CronField: String {
    case minute, hour
    case day = "day of the month"
    case month, weekday

    private var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .day: 1...31
        case .month: 1...12
        // Both ends are Sunday.
        case .weekday: 0...7
        }
    }

    private var names: [String] {
        switch self {
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        default: []
        }
    }

    func values(of text: Substring) throws(InvalidValue) -> Set<Int> {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            values.formUnion(try entry(part))
        }
        return values
    }

    private func entry(_ text: Substring) throws(InvalidValue) -> [Int] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step = 1
        if parts.count == 2 {
            guard let given = Int(parts[1]), given > 0, given <= range.upperBound else {
                throw problem(text, "has the step `\(parts[1])`, which is not from 1 to \(range.upperBound)")
            }
            step = given
        }
        let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let limits: ClosedRange<Int>
        if parts[0] == "*" {
            limits = self == .weekday ? 0...6 : range
        } else if ends.count == 2 {
            let (low, high) = (try number(ends[0], in: text), try number(ends[1], in: text))
            guard low <= high else { throw problem(text, "begins after its end") }
            limits = low...high
        } else {
            let number = try number(parts[0], in: text)
            limits = parts.count == 2 ? number...range.upperBound : number...number
        }
        return Array(stride(from: limits.lowerBound, through: limits.upperBound, by: step))
    }

    private func number(_ text: Substring, in entry: Substring) throws(InvalidValue) -> Int {
        if let index = names.firstIndex(of: text.lowercased()) { return self == .month ? index + 1 : index }
        guard let number = Int(text), text.allSatisfy(\.isNumber), range.contains(number) else {
            let names = names.isEmpty ? "" : ", or a name such as `\(self.names[1])`"
            throw problem(entry, "is not from \(range.lowerBound) to \(range.upperBound)\(names)")
        }
        return number
    }

    private func problem(_ text: Substring, _ problem: String) -> InvalidValue {
        InvalidValue(String(text), "\(problem) (the field of the \(rawValue))")
    }
}
