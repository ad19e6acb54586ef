/// One key of a mapping: how it is read, how it is shown and what it does, in one place.
///
/// The decoder, the merge of several files, `trice config`, the warning about what is not applied, the check of the
/// published schema and `docs/compose.md` all read this entry, so a new attribute is one entry and the property that
/// keeps its value.
struct Attribute<Draft, Model>: Sendable {
    /// Reads the value of the key into the draft and reports what is wrong with it.
    typealias Decode = @Sendable (Cursor, inout Draft) -> Void
    /// The value as `trice config` shows it; `nil` leaves the key out.
    typealias Render = @Sendable (Model, RenderingContext) -> Value?

    private(set) var key: AttributeKey
    let decode: Decode
    let render: Render

    /// - Parameters:
    ///   - effect: What the key does; `nil` for a key inside another one that does what that one does.
    ///   - since: The version of Trice that applies it first.
    ///   - keys: The keys inside its value.
    init(
        _ name: String, _ effect: AttributeEffect? = nil, since: String = "0.1",
        keys: @autoclosure @escaping @Sendable () -> NestedKeys = .none, decode: @escaping Decode,
        renderInContext render: @escaping Render
    ) {
        key = AttributeKey(name: name, effect: effect, since: since, nested: keys)
        self.decode = decode
        self.render = render
    }

    /// The same for a key that is shown alike in every format and dialect.
    init(
        _ name: String, _ effect: AttributeEffect? = nil, since: String = "0.1",
        keys: @autoclosure @escaping @Sendable () -> NestedKeys = .none, decode: @escaping Decode,
        render: @escaping @Sendable (Model) -> Value?
    ) {
        self.init(
            name, effect, since: since, keys: keys(), decode: decode, renderInContext: { model, _ in render(model) })
    }

    /// The same for a key that is shown as a part of another one, or not at all.
    init(
        _ name: String, _ effect: AttributeEffect? = nil, since: String = "0.1",
        keys: @autoclosure @escaping @Sendable () -> NestedKeys = .none, decode: @escaping Decode
    ) {
        self.init(name, effect, since: since, keys: keys(), decode: decode, renderInContext: { _, _ in nil })
    }

    /// The attribute as one of Trice's own, which the Compose Specification does not have.
    func asExtension() -> Attribute {
        var attribute = self
        attribute.key.isExtension = true
        return attribute
    }

    /// The attribute whose entries are described like services.
    func likeServices() -> Attribute {
        var attribute = self
        attribute.key.isLikeService = true
        return attribute
    }

    /// The attribute with the way in which the values of several files become one.
    ///
    /// - Parameters:
    ///   - rule: For the whole value; without it mappings are merged by key and lists are appended.
    ///   - entries: For the value of each entry of a mapping by name.
    func merged(_ rule: MergeRule? = nil, entries: MergeRule? = nil) -> Attribute {
        var attribute = self
        attribute.key.merge = rule
        attribute.key.entryMerge = entries
        return attribute
    }

    /// The attribute with the values that change nothing here, for which it needs no warning.
    ///
    /// - Parameter isNeutral: is given the text of a scalar and the name of the service; without it `false`, zero and
    ///   an empty text are such values.
    func silent(where isNeutral: @escaping AttributeKey.Neutrality) -> Attribute {
        var attribute = self
        attribute.key.isNeutral = isNeutral
        return attribute
    }

    /// The attribute for which these texts, and no others but the empty one, change nothing.
    func silent(for texts: String...) -> Attribute {
        silent { text, _ in texts.contains(text.lowercased()) }
    }
}

/// What is known of a key apart from its values.
struct AttributeKey: Sendable {
    /// Whether a value that has no effect would change nothing if it had one: by the text of the scalar and the name of
    /// the service.
    typealias Neutrality = @Sendable (_ text: String, _ service: String?) -> Bool

    let name: String
    /// `nil` for a key that shares the effect of the one around it.
    let effect: AttributeEffect?
    /// The version of Trice that applies it first, if any does.
    let since: String
    /// Whether it is Trice's own.
    var isExtension = false
    /// Whether its entries are described like services, by the same keys and a few more.
    var isLikeService = false
    /// `nil` for the usual: `false` and zero.
    var isNeutral: Neutrality?
    /// How the values of several files are merged; `nil` for the usual, `MergeRule.structure`.
    var merge: MergeRule?
    /// The same for each entry of a mapping by name.
    var entryMerge: MergeRule?
    private let makeNested: @Sendable () -> NestedKeys

    init(name: String, effect: AttributeEffect?, since: String, nested: @escaping @Sendable () -> NestedKeys) {
        self.name = name
        self.effect = effect
        self.since = since
        makeNested = nested
    }

    /// Keys that are read before the tables come into play, and do what the key around them does.
    static func plain(_ names: String...) -> [AttributeKey] {
        names.map { AttributeKey(name: $0, effect: nil, since: "0.1") { .none } }
    }

    /// Built when it is asked for, so that a load does not pay for it.
    var nested: NestedKeys { makeNested() }

    /// The keys inside that are not those of a service.
    var ownKeys: [AttributeKey] {
        isLikeService ? nested.keys.filter { !ServiceDraft.knownKeys.contains($0.name) } : nested.keys
    }
}

/// The keys inside the value of a key.
enum NestedKeys: Sendable {
    case none
    /// The value is a mapping with these keys.
    case fields([AttributeKey])
    /// The value is a list, or a mapping by name, of mappings with these keys.
    case entries([AttributeKey])

    var keys: [AttributeKey] {
        switch self {
        case .none: []
        case .fields(let keys), .entries(let keys): keys
        }
    }
}

/// What a key does when the environment comes up.
enum AttributeEffect: Hashable, Sendable {
    /// A part of the container; a change makes it anew.
    case container
    /// Where the image comes from.
    case image
    /// How the image is built.
    case build
    /// Networks, names and ports.
    case network
    /// Named volumes.
    case volume
    /// When containers start and stop, and in which order.
    case lifecycle
    /// What the file means, before anything of it applies: merging, selection, checks.
    case file
    /// What commands show or choose.
    case command
    /// Its own keys decide.
    case parts
    /// Documentation for readers; nothing is to be applied.
    case information
    /// Nothing; a warning says so where the key is written.
    case none(Reason)
    /// Nothing for some of its values; the code that judges the value gives the warning.
    case partly(Reason)

    /// Why a key does nothing.
    enum Reason: String, Sendable {
        case notYet = "is not applied yet"
        case swarm = "is for Swarm"
        case windows = "is for Windows"
        case foreign = "belongs to other engines"
        case quota = "needs quotas of the file system"
    }
}
