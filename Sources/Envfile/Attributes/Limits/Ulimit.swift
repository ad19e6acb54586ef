internal import Diagnostics

/// A resource limit of a container's processes, as setrlimit(2) knows it; -1 is unlimited.
package enum Ulimit: Hashable, Sendable {
    /// One number for both limits.
    case single(Int)
    case pair(soft: Int, hard: Int)

    /// The enforced limit, and the limit to which a process may raise it.
    package var soft: Int {
        switch self {
        case .single(let limit): limit
        case .pair(let soft, _): soft
        }
    }

    package var hard: Int {
        switch self {
        case .single(let limit): limit
        case .pair(_, let hard): hard
        }
    }
}

extension Ulimit {
    /// The names of getrlimit(2), as Compose writes them.
    private static let names = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio", "rttime", "sigpending", "stack",
    ]

    /// `ulimits`: a mapping of names to a number or to `soft` and `hard`.
    static func decodedMap(from cursor: Cursor) -> [String: Ulimit] {
        var result: [String: Ulimit] = [:]
        for entry in cursor.mapping() ?? [] {
            let name = entry.key.name
            result[name] = decoded(from: entry.value)
            if !names.contains(name) {
                entry.value.unusable("`\(name)` is no resource limit", hint: Suggestion.hint(for: name, in: names))
            }
        }
        return result
    }

    static func decoded(from cursor: Cursor) -> Ulimit? {
        guard cursor.entries != nil else { return number(from: cursor).map { .single($0) } }
        var limits = Limits()
        table.decode(cursor, into: &limits)
        cursor.requireKeys("soft", "hard")
        guard let soft = limits.soft, let hard = limits.hard else { return nil }
        if hard != -1, soft == -1 || soft > hard {
            cursor.unusable("the soft limit \(soft) in \(cursor.path) is above the hard limit \(hard)")
        }
        return .pair(soft: soft, hard: hard)
    }

    private struct Limits {
        var soft: Int?
        var hard: Int?
    }

    private static let table = DecodingTable<Limits>([
        .init("soft", decode: { $1.soft = number(from: $0) }),
        .init("hard", decode: { $1.hard = number(from: $0) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static func number(from cursor: Cursor) -> Int? {
        cursor.integer("a limit or -1", in: -1...Int.max)
    }

    /// A number, or both limits. In JSON a zero is not shown, and a lone zero is an empty map.
    func rendered(_ format: RenderingFormat) -> Value {
        switch (self, format) {
        case (.single(0), .json): .map([])
        case (.single(let limit), _): .integer(limit)
        case (.pair(let soft, let hard), .json): .object([("hard", .count(hard)), ("soft", .count(soft))])
        case (.pair(let soft, let hard), .yaml): .object([("hard", .integer(hard)), ("soft", .integer(soft))])
        }
    }

    static func rendered(_ limits: [String: Ulimit], _ format: RenderingFormat) -> Value? {
        guard !limits.isEmpty else { return nil }
        return .map(limits.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.rendered(format)) })
    }
}
