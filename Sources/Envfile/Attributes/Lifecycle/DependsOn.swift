internal import Vocabulary

extension Dependency {
    /// `depends_on`: a list of services, or a mapping with conditions.
    static func decodedList(from cursor: Cursor) -> [Located<Dependency>] {
        if let entries = cursor.entries {
            return entries.map { entry in
                var dependency = Dependency(service: ServiceName(unchecked: entry.key.name))
                if table.decode(entry.value, into: &dependency), entry.value.node["condition"] == nil {
                    entry.value.error(
                        "\(entry.value.path) has no `condition`", hint: "add `condition: service_started`")
                }
                return entry.located(dependency)
            }
        }
        guard let items = cursor.items else {
            cursor.mismatch("a list or a mapping of services")
            return []
        }
        var seen: Set<String> = []
        return items.compactMap { item in
            guard let name = item.string() else { return nil }
            if seen.insert(name).inserted { return item.located(Dependency(service: ServiceName(unchecked: name))) }
            item.error("the service `\(name)` is listed twice")
            return nil
        }
    }

    private static let table = AttributeTable<Dependency, Dependency>([
        .init(
            "condition", decode: { $1.condition = $0.choice(Condition.self) ?? .started },
            render: { .string($0.condition.rawValue) }),
        .init("required", decode: { $1.isRequired = $0.bool() ?? true }, render: { .bool($0.isRequired) }),
        .init("restart", decode: { $1.restarts = $0.bool() ?? false }, render: { .flag($0.restarts) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value { Self.table.rendered(self) }
}
