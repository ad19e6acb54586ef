package import Vocabulary

/// `logging`: the destination of a container's output.
package struct LoggingSettings: Hashable, Sendable {
    /// Such as `json-file`; `nil` for Trice's own.
    package var driver: String?
    package var options: [String: String]

    package init(driver: String? = nil, options: [String: String] = [:]) {
        self.driver = driver
        self.options = options
    }
}

extension LoggingSettings {
    /// The drivers that keep files, as Trice does.
    private static let drivers: Set<String> = ["json-file", "local"]

    /// A driver that Trice does not have; its own logs are kept in its place.
    var foreignDriver: String? { driver.flatMap { Self.drivers.contains($0) ? nil : $0 } }

    /// How large the logs may grow; `nil` without a limit. `local` has one by default, as in Docker.
    package var limits: LogLimits? {
        guard foreignDriver == nil else { return nil }
        let isLocal = driver == "local"
        let size = options["max-size"].flatMap { ByteCount(parsing: $0) } ?? (isLocal ? ByteCount(20 << 20) : nil)
        guard let size, size > 0 else { return nil }
        let files = options["max-file"].flatMap { Int($0) } ?? (isLocal ? 5 : 1)
        return LogLimits(maximumSize: size.rawValue, maximumFiles: max(1, files))
    }

    static func decoded(from cursor: Cursor) -> LoggingSettings? {
        var settings = LoggingSettings()
        guard table.decode(cursor, into: &settings) else { return nil }
        if settings.foreignDriver == nil { settings.checkOptions(at: cursor) }
        return settings
    }

    private func checkOptions(at cursor: Cursor) {
        for entry in cursor.entries?.first(where: { $0.key.name == "options" })?.value.entries ?? [] {
            let text = options[entry.key.name] ?? ""
            switch entry.key.name {
            case "max-size" where ByteCount(parsing: text) == nil:
                entry.value.unusable("`\(text)` is no size of a log", expected: ByteCount.expected)
            case "max-file" where Int(text).map { $0 >= 1 } != true:
                entry.value.unusable("`\(text)` is no number of log files", expected: "a number from 1 on")
            default: continue
            }
        }
    }

    private static let table = AttributeTable<LoggingSettings, LoggingSettings>([
        .init("driver", .partly(.foreign), decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "options", .partly(.notYet), decode: { $1.options = ScalarMapping.decoded(from: $0, allowsEmpty: true) },
            render: { .texts($0.options) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
