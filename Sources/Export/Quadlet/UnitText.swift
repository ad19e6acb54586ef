/// A unit of systemd: sections with keys, in order.
struct UnitText {
    private(set) var text = ExportHeader.text("quadlet")

    mutating func section(_ name: String) { text += "\n[\(name)]\n" }

    mutating func set(_ key: String, _ value: String?) {
        if let value { text += "\(key)=\(value)\n" }
    }

    mutating func set(_ key: String, _ values: [String]) {
        for value in values { set(key, value) }
    }

    mutating func set(_ key: String, _ isSet: Bool) {
        if isSet { set(key, "true") }
    }

    /// A word of a command line as systemd reads it (systemd.syntax(7), systemd.unit(5) on specifiers, systemd.service(5)
    /// on variables): in double quotes where it has to be, with `%` and `$` written twice.
    static func word(_ text: String) -> String {
        var result = ""
        var needsQuotes = text.isEmpty
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "%": result += "%%"
            case "$": result += "$$"
            default: result.unicodeScalars.append(scalar)
            }
            if !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar),
                !"/-_.:=,@+".unicodeScalars.contains(scalar)
            {
                needsQuotes = true
            }
        }
        return needsQuotes ? "\"\(result)\"" : result
    }

    static func words(_ words: [String]) -> String { words.map(word).joined(separator: " ") }
}

/// Expressions of crontab(5) as systemd.time(7) writes them.
enum CalendarText {
    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// - Returns: the calendar events, of which any counts: where both a day of the month and a day of the week are given,
    ///   cron starts on either.
    static func events(_ cron: String, timeZone: String?) -> [String] {
        let fields = (words[cron] ?? cron).split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5 else { return [] }
        let zone = timeZone.map { " \($0)" } ?? ""
        let time = "\(numbers(fields[1])):\(numbers(fields[0])):00\(zone)"
        let month = numbers(named(fields[3]))
        let weekdays = fields[4] == "*" ? nil : days(fields[4])
        if let weekdays, fields[2] != "*" {
            return ["*-\(month)-\(numbers(fields[2])) \(time)", "\(weekdays) *-\(month)-* \(time)"]
        }
        return ["\(weekdays.map { "\($0) " } ?? "")*-\(month)-\(numbers(fields[2])) \(time)"]
    }

    private static func numbers(_ field: String) -> String {
        field.split(separator: ",").map { part in
            let halves = part.split(separator: "/", maxSplits: 1).map(String.init)
            let range = halves[0].split(separator: "-").joined(separator: "..")
            guard halves.count == 2 else { return range }
            // Steps of all begin with the first.
            return "\(range == "*" ? "0" : range)/\(halves[1])"
        }.joined(separator: ",")
    }

    private static func named(_ field: String) -> String {
        var text = field.lowercased()
        for (index, name) in months.enumerated() { text = text.replacing(name, with: "\(index + 1)") }
        // Months are counted from 1.
        return text.hasPrefix("*/") ? "1" + text.dropFirst() : text
    }

    private static func days(_ field: String) -> String {
        var all: [String] = []
        for part in CronText.forKubernetes("* * * * \(field)").split(separator: " ").last?.split(separator: ",") ?? [] {
            let halves = part.split(separator: "/", maxSplits: 1).map(String.init)
            let ends = (halves[0] == "*" ? "0-6" : halves[0]).split(separator: "-").map { number(String($0)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { continue }
            let step = halves.count == 2 ? max(1, Int(halves[1]) ?? 1) : 1
            all += stride(from: first, through: last, by: step).map { days[$0 % 7] }
        }
        return all.joined(separator: ",")
    }

    private static func number(_ text: String) -> Int? {
        Int(text) ?? days.firstIndex { $0.lowercased() == text.lowercased() }
    }
}
