internal import Synchronization

/// The rule by which values of several files, or of a service and its base, are merged.
enum MergeRule: Sendable {
    /// Mappings merge by key, lists are appended, anything else is replaced.
    case structure
    /// The later value replaces the earlier one.
    case replace
    /// `key=value` pairs, as a list or as a mapping: merged by key.
    case keyValues
    /// A list of names, or a mapping by name: merged by name. `NameForm` defines the value of a name alone.
    case names(NameForm)
    /// One or a list: appended, and of the entries with equal keys the last one stays, at the place of the first.
    case list(UniqueKey?)
    /// Host names with addresses, as a list or as a mapping: appended, each pair once.
    case hosts
    /// A string is the context.
    case build
    /// Merged only when both speak of the same driver.
    case logging
    /// Address ranges of a network: by subnet.
    case subnets
    /// Published ports: each once; in Trice's own meaning a later entry replaces those of its container port.
    case ports

    enum NameForm: Sendable {
        case nothing
        /// `condition: service_started` and `required: true`.
        case dependency
    }
}

/// The rules of an attribute and of what is inside it: read from the tables of the attributes, where they are looked at,
/// since most files use few of them.
///
/// Compose Specification, "Merge and override", and otherwise the behaviour of Compose.
final class MergeRules: Sendable {
    private struct Level {
        var keys: [String: MergeRules]
        /// The rules of every other key and of every item.
        var item: MergeRules?
    }

    /// The rules of a whole file. Trice's own keys stand beside those of Compose and below `x-trice`.
    static let document = MergeRules { level(AttributeCatalogue.project) }

    /// The rules of one service.
    static let oneService = document["services"]["*"]

    private static let usual = MergeRules { Level(keys: [:]) }

    let rule: MergeRule
    private let makeLevel: @Sendable () -> Level
    private let level = Mutex<Level?>(nil)

    private init(_ rule: MergeRule? = nil, _ makeLevel: @escaping @Sendable () -> Level) {
        self.rule = rule ?? .structure
        self.makeLevel = makeLevel
    }

    private convenience init(of key: AttributeKey) {
        self.init(key.merge) {
            switch key.nested {
            case .none: Level(keys: [:], item: key.entryMerge.map { MergeRules($0) { Level(keys: [:]) } })
            case .fields(let keys):
                Self.level(keys, item: key.entryMerge.map { MergeRules($0) { Level(keys: [:]) } })
            case .entries(let keys): Level(keys: [:], item: MergeRules(key.entryMerge) { Self.level(keys) })
            }
        }
    }

    private static func level(_ keys: [AttributeKey], item: MergeRules? = nil) -> Level {
        var rules = Dictionary(keys.map { ($0.name, MergeRules(of: $0)) }, uniquingKeysWith: { $1 })
        let own = keys.filter(\.isExtension)
        if !own.isEmpty { rules["x-trice"] = MergeRules { level(own) } }
        return Level(keys: rules, item: item)
    }

    /// The rules below a key; `*` for those of an item.
    subscript(key: String) -> MergeRules {
        let found = level.withLock { level in
            let known = level ?? makeLevel()
            level = known
            return known.keys[key] ?? known.item
        }
        return found ?? .usual
    }
}
