/// Every key that a file may have, from the tables: the source of the warnings, of `docs/compose.md` and of the check
/// of the published schema.
enum AttributeCatalogue {
    /// The keys of the top level, with everything inside them.
    static var project: [AttributeKey] { ProjectDraft.table.keys }
    /// The keys of a service.
    static var service: [AttributeKey] { ServiceDraft.table.keys }

    /// The reasons why keys have no effect, by the place below a service; `*` is one name or item.
    static let ignoredInServices = ignored(service)

    /// The same by the place in the file, for what belongs to no service.
    static let ignoredInProject = ignored(project.filter { $0.name != "services" })

    /// What judges values that change nothing, by the place as a warning names it; without an entry the usual judgement
    /// holds.
    static let neutralities = Dictionary(
        service.flatMap { neutralities(of: $0, in: "") }, uniquingKeysWith: { first, _ in first })

    /// What the keys inside the value of a key give, each with the place that it is in.
    private static func inside<Entry>(
        _ key: AttributeKey, at path: String, _ body: (AttributeKey, String) -> [Entry]
    ) -> [Entry] {
        switch key.nested {
        case .none: []
        case .fields(let keys): keys.flatMap { body($0, path + ".") }
        case .entries(let keys): keys.flatMap { body($0, path + ".*.") }
        }
    }

    private static func neutralities(
        of key: AttributeKey, in place: String
    ) -> [(String, AttributeKey.Neutrality)] {
        let path = place + key.name
        return (key.isNeutral.map { [(path, $0)] } ?? [])
            + key.nested.keys.flatMap { neutralities(of: $0, in: path + ".") }
    }

    private static func ignored(_ keys: [AttributeKey]) -> PathTree<AttributeEffect.Reason> {
        PathTree(keys.flatMap { ignored($0, in: "") })
    }

    private static func ignored(_ key: AttributeKey, in place: String) -> [(String, AttributeEffect.Reason)] {
        let path = place + key.name
        // One warning for the whole is enough.
        if case .none(let reason)? = key.effect { return [(path, reason)] }
        return inside(key, at: path) { ignored($0, in: $1) }
    }
}
