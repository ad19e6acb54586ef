/// `provider`: a program that provides the service instead of containers. Kept, without an effect.
package struct ServiceProvider: Hashable, Sendable {
    /// The program's name.
    package var type: String
    /// An option that is used once has one value.
    package var options: [String: [String]]

    package init(type: String, options: [String: [String]] = [:]) {
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

    private static let table = AttributeTable<ServiceProvider, ServiceProvider>([
        .init(
            "options",
            decode: { cursor, provider in
                for entry in cursor.mapping() ?? [] { provider.options[entry.key.name] = values(from: entry.value) }
            }, render: { model in .members(Array(model.options)) { ($0.key, .list($0.value.map { .string($0) })) } }),
        .init("type", decode: { $1.type = $0.string() ?? "" }, render: { .text($0.type) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static func values(from cursor: Cursor) -> [String] {
        (cursor.items ?? [cursor]).compactMap { item in
            guard let text = item.scalarText() else { return nil }
            if text == nil { item.mismatch("a string, number or boolean") }
            return text
        }
    }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
