internal import Diagnostics
internal import Vocabulary

/// `healthcheck`.
extension HealthCheck {
    static func decoded(from cursor: Cursor) -> HealthCheck? {
        var check = HealthCheck()
        return table.decode(cursor, into: &check) ? check : nil
    }

    private static let table = AttributeTable<HealthCheck, HealthCheck>([
        .init("disable", decode: { $1.isDisabled = $0.bool() ?? false }, render: { .flag($0.isDisabled) }),
        .init("interval", decode: { $1.interval = Duration.decoded(from: $0) }, render: { .duration($0.interval) }),
        .init(
            "retries", decode: { $1.retries = $0.integer("a number of checks", in: 0...Int.max) },
            render: { model in model.retries.map { .integer($0) } }),
        .init(
            "start_interval", decode: { $1.startInterval = Duration.decoded(from: $0) },
            render: { .duration($0.startInterval) }),
        .init(
            "start_period", decode: { $1.startPeriod = Duration.decoded(from: $0) },
            render: { .duration($0.startPeriod) }),
        .init(
            "test", decode: { $1.test = Test.decoded(from: $0) },
            render: { model in model.test.flatMap { .texts($0.words) } }
        ).merged(.replace),
        .init("timeout", decode: { $1.timeout = Duration.decoded(from: $0) }, render: { .duration($0.timeout) }),
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
        if let text = cursor.stringValue {
            if text.allSatisfy(\.isWhitespace) {
                cursor.unusable("\(cursor.path) must be a command, but is empty", hint: "or write `disable: true`")
            }
            return .shell([text])
        }
        guard cursor.items != nil, let words = cursor.strings()?.map(\.value) else {
            cursor.mismatch(expected)
            return nil
        }
        do throws(InvalidValue) {
            let test = try parse(words)
            if words.count == 1, test != .off || words[0].isEmpty {
                cursor.unusable(
                    "\(cursor.path) names no command", expected: "a command after `\(words[0])`",
                    hint: "write one, or `disable: true` for no check")
            }
            return test
        } catch {
            cursor.error(
                "\(cursor.path) begins with `\(error.value)`, which says not how to run it", expected: expected,
                hint: Suggestion.hint(for: error.value, in: kinds) ?? "write `CMD` before it")
            return nil
        }
    }
}
