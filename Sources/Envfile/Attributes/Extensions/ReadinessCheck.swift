internal import Vocabulary

/// `wait`.
extension ReadinessCheck {
    private static let conditions = ["tcp", "http", "log", "exec"]

    static func decoded(from cursor: Cursor) -> ReadinessCheck? {
        var draft = Draft()
        guard table.decode(cursor, into: &draft) else { return nil }
        let written = conditions.filter { cursor.node[$0] != nil }
        let names = (written.isEmpty ? conditions : written).map { "`\($0)`" }.joined(separator: ", ")
        if written.isEmpty {
            cursor.error("\(cursor.path) does not say what to wait for", expected: "one of \(names)")
        } else if written.count > 1 {
            cursor.error("\(cursor.path) waits for more than one thing: \(names)", hint: "keep one of them")
        }
        return draft.condition.map { ReadinessCheck($0, timeout: draft.timeout) }
    }

    private struct Draft {
        var condition: Condition?
        var timeout = defaultTimeout
    }

    private static let table = DecodingTable<Draft>([
        .init("exec", decode: { cursor, draft in draft.condition = execution(from: cursor) }),
        .init("http", decode: { cursor, draft in draft.condition = http(from: cursor) }),
        .init(
            "log",
            decode: { cursor, draft in
                draft.condition = cursor.string().map { .log(text: $0) }
                if cursor.stringValue?.isEmpty == true {
                    cursor.error("\(cursor.path) must be a part of the line to wait for, but is empty")
                }
            }),
        .init(
            "tcp",
            decode: { cursor, draft in
                draft.condition = cursor.integer("a port", in: 1...65535).map { .tcp(port: UInt16($0)) }
            }),
        .init(
            "timeout",
            decode: { cursor, draft in
                guard let timeout = Duration.decoded(from: cursor) else { return }
                if timeout == .zero { cursor.error("\(cursor.path) must be longer than nothing") }
                draft.timeout = timeout
            }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// A string for the container's shell, or a list of words.
    private static func execution(from cursor: Cursor) -> Condition? {
        if cursor.stringValue != nil { return cursor.script().map { .execution(["/bin/sh", "-c", $0]) } }
        guard let items = cursor.items else {
            cursor.mismatch("a string or a list of strings")
            return nil
        }
        if items.isEmpty { cursor.error("\(cursor.path) must name what to run, but is empty") }
        return .execution(items.compactMap { $0.string() })
    }

    /// A port, or a port and a path: `8080/healthz`.
    private static func http(from cursor: Cursor) -> Condition? {
        let expected = "a port and a path, such as `8080/healthz`"
        guard let scalar = cursor.scalar, scalar.type == .integer || scalar.type == .string else {
            cursor.mismatch(expected)
            return nil
        }
        let number = scalar.text.prefix { $0 != "/" }
        let path = scalar.text.dropFirst(number.count)
        guard let port = UInt16(number), port > 0, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            let hint = scalar.text.contains("://") ? "leave out the scheme and the host" : nil
            cursor.error("`\(scalar.text)` is not \(expected)", expected: expected, hint: hint)
            return nil
        }
        return .http(port: port, path: path.isEmpty ? "/" : String(path))
    }

    func rendered() -> Value {
        let member: (String, Value?) =
            switch condition {
            case .tcp(let port): ("tcp", .integer(Int(port)))
            case .http(let port, let path): ("http", .string("\(port)\(path)"))
            case .log(let text): ("log", .string(text))
            case .execution(let words): ("exec", .list(words.map { .string($0) }))
            }
        return .object([member, ("timeout", timeout == Self.defaultTimeout ? nil : .duration(timeout))])
    }
}
