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

    private static func ignored(_ keys: [AttributeKey]) -> PathTree<AttributeEffect.Reason> {
        PathTree(keys.flatMap { ignored($0, in: "") })
    }

    private static func ignored(_ key: AttributeKey, in place: String) -> [(String, AttributeEffect.Reason)] {
        let path = place + key.name
        // One warning for the whole is enough.
        if case .none(let reason)? = key.effect { return [(path, reason)] }
        switch key.nested {
        case .none: return []
        case .fields(let keys): return keys.flatMap { ignored($0, in: path + ".") }
        case .entries(let keys): return keys.flatMap { ignored($0, in: path + ".*.") }
        }
    }
}
