/// The rule for all later years at the end of a file of the time zone database, such as `CET-1CEST,M3.5.0,M10.5.0/3`;
/// tzset(3).
struct PosixTimeZone: Hashable, Sendable {
    /// A day of each year and a time of it.
    private enum Day: Hashable, Sendable {
        /// The weekday of a week of a month; week 5 is the last.
        case weekday(month: Int, week: Int, weekday: Int)
        /// From 1 to 365, without 29 February.
        case withoutLeapDay(Int)
        /// From 0 to 365.
        case ofYear(Int)
    }

    private struct Change: Hashable, Sendable {
        var day: Day
        /// Seconds after the beginning of the day; may be negative or more than a day.
        var seconds: Int64
    }

    private let standard: TimeZoneRules.Offset
    private let summer: (offset: TimeZoneRules.Offset, begin: Change, end: Change)?

    static func == (left: Self, right: Self) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.begin == right.summer?.begin && left.summer?.end == right.summer?.end
    }

    func hash(into hasher: inout Hasher) { hasher.combine(standard) }

    func offset(at time: Int64) -> TimeZoneRules.Offset {
        guard let summer else { return standard }
        let year = CivilTime(seconds: time + standard.seconds).date.year
        let begin = Self.moment(summer.begin, year) - standard.seconds
        let end = Self.moment(summer.end, year) - summer.offset.seconds
        let isSummer = begin < end ? (begin..<end).contains(time) : !(end..<begin).contains(time)
        return isSummer ? summer.offset : standard
    }

    private static func moment(_ change: Change, _ year: Int) -> Int64 {
        let first = CivilTime.day(year: year, month: 1, day: 1)
        let isLeapYear = CivilTime.day(year: year + 1, month: 1, day: 1) - first == 366
        let day: Int
        switch change.day {
        case .ofYear(let number): day = first + number
        case .withoutLeapDay(let number): day = first + number - 1 + (isLeapYear && number > 59 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let begin = CivilTime.day(year: year, month: month, day: 1)
            let next = CivilTime.day(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
            let shift = (weekday - CivilTime(day: begin, minute: 0).weekday + 7) % 7
            var found = begin + shift + (week - 1) * 7
            if found >= next { found -= 7 }
            day = found
        }
        return Int64(day) * 86_400 + change.seconds
    }
}

extension PosixTimeZone {
    /// `nil` for a text that is no such rule.
    init?(parsing text: String) {
        var rest = text[...]
        guard let name = Self.name(&rest), let seconds = Self.seconds(&rest) else { return nil }
        standard = TimeZoneRules.Offset(seconds: -seconds, abbreviation: name)
        guard let other = Self.name(&rest) else {
            guard rest.isEmpty else { return nil }
            summer = nil
            return
        }
        let shift: Int64? =
            rest.first == "," ? standard.seconds + 3600 : Self.seconds(&rest).map { -$0 }
        guard let shift, let begin = Self.change(&rest), let end = Self.change(&rest), rest.isEmpty else { return nil }
        summer = (TimeZoneRules.Offset(seconds: shift, abbreviation: other), begin, end)
    }

    private static func name(_ rest: inout Substring) -> String? {
        if rest.first == "<" {
            guard let end = rest.firstIndex(of: ">") else { return nil }
            let name = rest[..<end].dropFirst()
            rest = rest[rest.index(after: end)...]
            return String(name)
        }
        let name = rest.prefix { $0.isLetter }
        guard name.count >= 3 else { return nil }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isNumber }
        guard (1...3).contains(digits.count), let number = Int(digits) else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    /// `[+-]hh[:mm[:ss]]`.
    private static func seconds(_ rest: inout Substring) -> Int64? {
        var sign: Int64 = 1
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        guard let hours = number(&rest), hours <= 167 else { return nil }
        var seconds = Int64(hours) * 3600
        var unit: Int64 = 60
        while rest.first == ":", unit > 0 {
            rest = rest.dropFirst()
            guard let part = number(&rest), part < 60 else { return nil }
            seconds += Int64(part) * unit
            unit = unit == 60 ? 1 : 0
        }
        return sign * seconds
    }

    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.first == "," else { return nil }
        rest = rest.dropFirst()
        let day: Day
        switch rest.first {
        case "M":
            rest = rest.dropFirst()
            var parts: [Int] = []
            for index in 0..<3 {
                if index > 0 {
                    guard rest.first == "." else { return nil }
                    rest = rest.dropFirst()
                }
                guard let part = number(&rest) else { return nil }
                parts.append(part)
            }
            guard (1...12).contains(parts[0]), (1...5).contains(parts[1]), (0...6).contains(parts[2]) else {
                return nil
            }
            day = .weekday(month: parts[0], week: parts[1], weekday: parts[2])
        case "J":
            rest = rest.dropFirst()
            guard let number = number(&rest), (1...365).contains(number) else { return nil }
            day = .withoutLeapDay(number)
        default:
            guard let number = number(&rest), number <= 365 else { return nil }
            day = .ofYear(number)
        }
        guard rest.first == "/" else { return Change(day: day, seconds: 7200) }
        rest = rest.dropFirst()
        return seconds(&rest).map { Change(day: day, seconds: $0) }
    }
}
