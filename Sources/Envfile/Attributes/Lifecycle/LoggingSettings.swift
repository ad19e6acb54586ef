/// `logging`: the destination of a container's output.
public struct LoggingSettings: Hashable, Sendable {
    /// Such as `json-file`; `nil` for Trice's own.
    public var driver: String?
    public var options: [String: String]

    public init(driver: String? = nil, options: [String: String] = [:]) {
        self.driver = driver
        self.options = options
    }
}

extension LoggingSettings {
    static func decoded(from cursor: Cursor) -> LoggingSettings? {
        var settings = LoggingSettings()
        return table.decode(cursor, into: &settings) ? settings : nil
    }

    private static let table = AttributeTable<LoggingSettings, LoggingSettings>([
        .init("driver", decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "options", decode: { $1.options = ScalarMapping.decoded(from: $0, allowsEmpty: true) },
            render: { .texts($0.options) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
