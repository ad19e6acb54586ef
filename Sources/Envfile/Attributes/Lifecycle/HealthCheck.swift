internal import Diagnostics

/// `healthcheck`: the check of a container's health. A `nil` takes the image's value, and then Docker's default.
public struct HealthCheck: Hashable, Sendable {
    public enum Test: Hashable, Sendable {
        /// `NONE`: the image's check is switched off.
        case off
        /// `CMD`: the words of a command.
        case command([String])
        /// `CMD-SHELL`, or a string: the arguments of the container's shell after `-c`.
        case shell([String])
    }

    /// `nil` for the image's test.
    public var test: Test?
    /// Between two checks; 30 s by default.
    public var interval: Duration?
    /// The time limit of one check; 30 s by default.
    public var timeout: Duration?
    /// The number of consecutive failures that make the container unhealthy; 3 by default.
    public var retries: Int?
    /// The time after the start in which failures do not count; 0 by default.
    public var startPeriod: Duration?
    /// Between two checks in that time; 5 s by default.
    public var startInterval: Duration?
    /// `disable: true`, with the same effect as the test `NONE`.
    public var isDisabled: Bool

    public init(
        test: Test? = nil, interval: Duration? = nil, timeout: Duration? = nil, retries: Int? = nil,
        startPeriod: Duration? = nil, startInterval: Duration? = nil, isDisabled: Bool = false
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.isDisabled = isDisabled
    }
}

extension HealthCheck {
    static func decoded(from cursor: Cursor) -> HealthCheck? {
        var check = HealthCheck()
        return table.decode(cursor, into: &check) ? check : nil
    }

    private static let table = AttributeTable<HealthCheck, HealthCheck>([
        .init("disable", decode: { $1.isDisabled = $0.bool() ?? false }, render: { .flag($0.isDisabled) }),
        .init("interval", decode: { $1.interval = GoDuration.decoded(from: $0) }, render: { .duration($0.interval) }),
        .init(
            "retries", decode: { $1.retries = $0.integer("a number of checks", in: 0...Int.max) },
            render: { model in model.retries.map { .integer($0) } }),
        .init(
            "start_interval", decode: { $1.startInterval = GoDuration.decoded(from: $0) },
            render: { .duration($0.startInterval) }),
        .init(
            "start_period", decode: { $1.startPeriod = GoDuration.decoded(from: $0) },
            render: { .duration($0.startPeriod) }),
        .init(
            "test", decode: { $1.test = Test.decoded(from: $0) },
            render: { model in model.test.flatMap { .texts($0.words) } }),
        .init("timeout", decode: { $1.timeout = GoDuration.decoded(from: $0) }, render: { .duration($0.timeout) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}

extension HealthCheck.Test {
    private static let expected = "a string, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`"

    /// A string for the shell, or a list whose first word is the kind of the others; an empty list is no test.
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        if let text = cursor.stringValue { return .shell([text]) }
        guard cursor.items != nil, let words = cursor.strings()?.map(\.value) else {
            cursor.mismatch(expected)
            return nil
        }
        guard let kind = words.first else { return nil }
        switch kind {
        case "NONE": return .off
        case "CMD": return .command(Array(words.dropFirst()))
        case "CMD-SHELL": return .shell(Array(words.dropFirst()))
        default:
            let nearest = Suggestion.hint(for: kind, in: ["CMD", "CMD-SHELL", "NONE"])
            cursor.error(
                "\(cursor.path) begins with `\(kind)`, which says not how to run it", expected: expected,
                hint: nearest ?? "write `CMD` before it")
            return nil
        }
    }

    /// The list that it is written as.
    var words: [String] {
        switch self {
        case .off: ["NONE"]
        case .command(let words): ["CMD"] + words
        case .shell(let words): ["CMD-SHELL"] + words
        }
    }
}
