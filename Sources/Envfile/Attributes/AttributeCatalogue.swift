/// Every key that a file may have, from the tables: the source of the warnings, of `docs/compose.md` and of the check
/// of the published schema.
enum AttributeCatalogue {
    /// The keys of the top level, with everything inside them.
    static var project: [AttributeKey] { ProjectDraft.table.keys }
    /// The keys of a service.
    static var service: [AttributeKey] { ServiceDraft.table.keys }

    /// The reasons why keys of a service have no effect.
    static let ignoredInServices = IgnoredKeys { ServiceDraft.table.key($0) }

    /// The same in the file, for what belongs to no service.
    static let ignoredInProject = IgnoredKeys { $0 == "services" ? nil : ProjectDraft.table.key($0) }

    /// What judges values that change nothing, by the place as a warning names it; without an entry the usual judgement
    /// holds.
    static let neutralities = Dictionary(
        service.flatMap { neutralities(of: $0, in: "") }, uniquingKeysWith: { first, _ in first })

    private static func neutralities(
        of key: AttributeKey, in place: String
    ) -> [(String, AttributeKey.Neutrality)] {
        let path = place + key.name
        return (key.isNeutral.map { [(path, $0)] } ?? [])
            + key.nested.keys.flatMap { neutralities(of: $0, in: path + ".") }
    }
}

/// The keys at one place of a file, with the reasons of those that have no effect. Only the keys that a file has are
/// looked at: to make all of them takes longer than to read a file.
struct IgnoredKeys: Sendable {
    /// Why the key that led here has no effect; `nil` when it has one, and for names and items.
    private(set) var reason: AttributeEffect.Reason?
    private var find: @Sendable (String) -> AttributeKey?
    /// Whether names or items are between here and the keys.
    private var isOfEntries = false

    init(find: @escaping @Sendable (String) -> AttributeKey?) {
        self.find = find
    }

    private init(below key: AttributeKey) {
        if case .none(let reason)? = key.effect { self.reason = reason }
        let nested = key.nested
        find = { name in nested.keys.first { $0.name == name } }
        if case .entries = nested { isOfEntries = true }
    }

    /// What is below a key.
    func child(_ name: String) -> IgnoredKeys? {
        isOfEntries ? nil : find(name).map(IgnoredKeys.init(below:))
    }

    /// What is below every name and item.
    var item: IgnoredKeys? {
        guard isOfEntries else { return nil }
        var copy = self
        copy.isOfEntries = false
        return copy
    }
}
