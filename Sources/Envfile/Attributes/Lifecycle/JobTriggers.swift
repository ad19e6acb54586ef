package import Vocabulary

/// `triggers` of a job: what starts it.
package struct JobTriggers: Hashable, Sendable {
    /// Whether a command may start it; `nil` for yes.
    package var manual: Bool?
    /// When the job runs by itself.
    package var schedules: [Schedule] = []

    /// When a job starts by the clock.
    package struct Schedule: Hashable, Sendable {
        /// Five fields as in crontab(5), or a word such as `@daily`.
        package var cron: String
        /// Such as `Europe/Paris`; `nil` for the host's.
        package var timezone: String?
        /// `forbid` or `queue`: what becomes of a start while the job runs.
        package var concurrency: String?
        /// `one` or `skip`: what becomes of starts that the host slept through.
        package var missedFires: String?
    }
}

extension JobTriggers {
    static func decoded(from cursor: Cursor) -> JobTriggers? {
        var triggers = JobTriggers()
        guard table.decode(cursor, into: &triggers) else { return nil }
        if cursor.node["manual"] == nil, cursor.node["schedule"] == nil {
            cursor.error("\(cursor.path) says nothing", expected: "`manual` or `schedule`")
        }
        return triggers
    }

    private static let table = AttributeTable<JobTriggers, JobTriggers>([
        .init(
            "manual", decode: { $1.manual = $0.bool() }, render: { model in model.manual.map { .bool($0) } }),
        .init(
            "schedule", keys: .entries(Schedule.keys),
            decode: { $1.schedules = ($0.list() ?? []).compactMap(Schedule.decoded) },
            render: { model in .items(model.schedules) { $0.rendered() } }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value { Self.table.rendered(self) }
}

extension JobTriggers.Schedule {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var schedule = Self(cron: "")
        if cursor.entries != nil {
            table.decode(cursor, into: &schedule)
            cursor.requireKeys("cron")
            return schedule
        }
        guard let text = cursor.stringValue else {
            cursor.mismatch("a crontab expression or a mapping")
            return nil
        }
        schedule.cron = text
        check(text, at: cursor)
        return schedule
    }

    private static let table = AttributeTable<Self, Self>([
        .init(
            "concurrency", decode: { $1.concurrency = $0.choice(JobSchedule.Concurrency.self)?.rawValue },
            render: { .text($0.concurrency) }),
        .init(
            "cron",
            decode: { cursor, schedule in
                guard let text = cursor.string() else { return }
                schedule.cron = text
                check(text, at: cursor)
            }, render: { .string($0.cron) }),
        .init(
            "missed_fires", decode: { $1.missedFires = $0.choice(JobSchedule.MissedFires.self)?.rawValue },
            render: { .text($0.missedFires) }),
        .init(
            "timezone",
            decode: { cursor, schedule in
                schedule.timezone = cursor.nonEmptyString()
                if let name = schedule.timezone { checkZone(name, at: cursor) }
            }, render: { .text($0.timezone) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered() -> Value { Self.table.rendered(self) }

    private static func check(_ text: String, at cursor: Cursor) {
        do throws(InvalidValue) {
            _ = try CronExpression(text)
        } catch {
            cursor.unusable(
                error.value == text ? "\(error)" : "\(error) in `\(text)`",
                expected: "five fields such as `0 3 * * 1-5`, or a word such as `@daily`")
        }
    }

    private static func checkZone(_ name: String, at cursor: Cursor) {
        if name == "UTC" { return }
        let path = "\(TimeZoneRules.directory)/\(name)"
        if TimeZoneRules.isName(name), case .bytes(let bytes) = cursor.context.readFile(path),
            TimeZoneRules(bytes: bytes) != nil
        {
            return
        }
        cursor.unusable(
            "there is no time zone `\(name)` on this host", expected: "a name such as `Europe/Paris` or `UTC`",
            hint: "the names are the files below \(TimeZoneRules.directory), of the package tzdata")
    }
}

extension JobTriggers.Schedule {
    /// The schedule with everything that it leaves out.
    ///
    /// - Throws: for what is no crontab expression; the reader of the file has reported it.
    package func resolved() throws(InvalidValue) -> JobSchedule {
        JobSchedule(
            cron: try CronExpression(cron), timezone: timezone,
            concurrency: concurrency.flatMap { JobSchedule.Concurrency(rawValue: $0) } ?? .forbid,
            missedFires: missedFires.flatMap { JobSchedule.MissedFires(rawValue: $0) } ?? .one)
    }
}
