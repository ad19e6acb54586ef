/// `provider`: a program that keeps the service instead of containers. Kept, and means nothing here.
public struct ServiceProvider: Hashable, Sendable {
    /// The program's name.
    public var type: String
    /// An option that stands once has one value.
    public var options: [String: [String]]

    public init(type: String, options: [String: [String]] = [:]) {
        self.type = type
        self.options = options
    }
}

extension ServiceProvider {
    static func decoded(from cursor: Cursor) -> ServiceProvider? {
        var provider = ServiceProvider(type: "")
        guard table.decode(cursor, into: &provider) else { return nil }
        cursor.requireKeys("type")
        return provider
    }

    private static let table = AttributeTable<ServiceProvider>([
        "options": { cursor, provider in
            for entry in cursor.mapping() ?? [] { provider.options[entry.key.name] = values(from: entry.value) }
        },
        "type": { $1.type = $0.string() ?? "" },
    ])

    private static func values(from cursor: Cursor) -> [String] {
        (cursor.items ?? [cursor]).compactMap { item in
            guard let text = item.scalarText() else { return nil }
            if text == nil { item.mismatch("a string, number or boolean") }
            return text
        }
    }

    func rendered() -> Value {
        let values = options.sorted { $0.key < $1.key }.map { option in
            Value.Member(option.key, .list(option.value.map { .string($0) }))
        }
        return .object([("options", values.isEmpty ? nil : .map(values)), ("type", .text(type))])
    }
}
