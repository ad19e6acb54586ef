/// The coded form of a value as a tree, without what says nothing: a member that is `nil`, `false` or an empty
/// collection is left out, unless it is an optional that has this value.
enum ConfigurationTree: Hashable, Sendable {
    case flag(Bool)
    case number(String)
    case string(String)
    case duration(Duration)
    case items([ConfigurationTree])
    case members([String: ConfigurationTree])

    /// The members of a value that is coded with keys; none for any other value.
    static func members(of value: some Encodable) -> [String: ConfigurationTree] {
        of(value).members ?? [:]
    }

    /// Every value of this module can be coded: a failure says that a type was made that cannot, and stops the program.
    static func of(_ value: some Encodable) -> ConfigurationTree {
        if let duration = value as? Duration { return .duration(duration) }
        let encoder = TreeEncoder()
        do {
            try value.encode(to: encoder)
        } catch {
            preconditionFailure("\(type(of: value)) cannot be fingerprinted: \(error)")
        }
        return encoder.slot.tree
    }

    var members: [String: ConfigurationTree]? {
        if case .members(let members) = self { members } else { nil }
    }

    var items: [ConfigurationTree]? {
        if case .items(let items) = self { items } else { nil }
    }

    /// A scalar as text.
    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .flag, .duration, .items, .members: nil
        }
    }

    /// Whether it says nothing.
    var isSilent: Bool {
        switch self {
        case .flag(let flag): !flag
        case .items(let items): items.isEmpty
        case .members(let members): members.isEmpty
        case .number, .string, .duration: false
        }
    }

    /// The tree without these members.
    func without(_ names: [String]) -> ConfigurationTree {
        guard let members else { return self }
        return .members(members.filter { !names.contains($0.key) })
    }

    var hash: ConfigurationHash {
        ConfigurationHash { feed(&$0) }
    }

    private func feed(_ hasher: inout StableHasher) {
        switch self {
        case .flag(let flag): hasher.combine(flag)
        case .number(let text), .string(let text): hasher.combine(text)
        case .duration(let duration):
            let (seconds, attoseconds) = duration.components
            hasher.combine(UInt64(bitPattern: seconds))
            hasher.combine(UInt64(bitPattern: attoseconds))
        case .items(let items):
            hasher.combine(listOf: items.count)
            for item in items { item.feed(&hasher) }
        case .members(let members):
            hasher.combine(mapOf: members.count)
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                hasher.combine(name)
                member.feed(&hasher)
            }
        }
    }
}
