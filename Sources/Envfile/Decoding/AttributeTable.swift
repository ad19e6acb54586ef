internal import Diagnostics

/// The keys that a mapping may have.
struct AttributeTable<Draft, Model>: Sendable {
    /// Keys of the Compose Specification.
    private let supported: [String: Attribute<Draft, Model>]
    /// Trice's own keys: beside Compose's in an `Envfile`, under `x-trice` elsewhere.
    private let extras: [String: Attribute<Draft, Model>]
    /// Keys that have a meaning for a service and none here.
    private let refused: [String: Refusal]

    /// Why a mapping cannot have a key.
    struct Refusal {
        /// In words that follow the path of the mapping, such as `takes no steps`.
        var words: String
        var hint: String
    }

    init(
        _ supported: [Attribute<Draft, Model>], extras: [Attribute<Draft, Model>] = [], refused: [String: Refusal] = [:]
    ) {
        self.supported = Self.byName(supported)
        self.extras = Self.byName(extras.map { $0.asExtension() })
        self.refused = refused
    }

    private static func byName(_ attributes: [Attribute<Draft, Model>]) -> [String: Attribute<Draft, Model>] {
        Dictionary(uniqueKeysWithValues: attributes.map { ($0.key.name, $0) })
    }

    /// The keys of the Compose Specification, then Trice's own, each by name.
    var keys: [AttributeKey] {
        [supported, extras].flatMap { $0.values.map(\.key).sorted { $0.name < $1.name } }
    }

    /// The key of this name, of the Compose Specification or Trice's own.
    func key(_ name: String) -> AttributeKey? { (supported[name] ?? extras[name])?.key }

    /// The names of the keys of the Compose Specification.
    var names: Set<String> { Set(supported.keys) }
}

/// A table of keys whose values are shown as a part of something else.
typealias DecodingTable<Draft> = AttributeTable<Draft, Void>

// MARK: - Decoding

extension AttributeTable {
    /// Decodes every entry of a mapping into `draft` and reports what does not belong there.
    ///
    /// - Returns: `false` when the node is not a mapping, which has been reported.
    @discardableResult
    func decode(_ cursor: Cursor, into draft: inout Draft) -> Bool {
        guard let entries = cursor.mapping() else { return false }
        for entry in entries { decode(entry, in: cursor.path, into: &draft) }
        return true
    }

    private func decode(_ entry: Cursor.Entry, in parent: Path, into draft: inout Draft) {
        let name = entry.key.name
        if let attribute = supported[name] {
            attribute.decode(entry.value, &draft)
        } else if let refusal = refused[name] {
            entry.keyError("\(parent) \(refusal.words)", hint: refusal.hint)
        } else if name == "x-trice", extras.isEmpty {
            for own in entry.value.entries ?? [] where refused[own.key.name] != nil {
                decode(own, in: parent, into: &draft)
            }
        } else if name == "x-trice" {
            for extra in entry.value.mapping() ?? [] where !decodeExtra(extra, into: &draft) {
                reportUnknown(extra, in: entry.value.path, known: Array(extras.keys))
            }
        } else if name.hasPrefix("x-") {
            return
        } else if entry.value.context.allowsExtraKeys {
            guard !decodeExtra(entry, into: &draft) else { return }
            reportUnknown(entry, in: parent, known: Array(supported.keys) + extras.keys)
        } else if extras[name] != nil {
            entry.keyError(
                "`\(name)` is no key of the Compose Specification",
                hint: "in a compose file write it below `x-trice:`, or name the file `Envfile`")
        } else {
            reportUnknown(entry, in: parent, known: Array(supported.keys))
        }
    }

    private func decodeExtra(_ entry: Cursor.Entry, into draft: inout Draft) -> Bool {
        guard let attribute = extras[entry.key.name] else { return false }
        attribute.decode(entry.value, &draft)
        return true
    }

    private func reportUnknown(_ entry: Cursor.Entry, in parent: Path, known: [String]) {
        let place = if case .root = parent { "at the top level" } else { "in \(parent)" }
        entry.keyError(
            "unknown key `\(entry.key.name)` \(place)", hint: Suggestion.hint(for: entry.key.name, in: known))
    }
}

// MARK: - Rendering

extension AttributeTable {
    /// The members that have something to show, by key; Trice's own where the dialect has room for them.
    func rendered(_ model: Model, in context: RenderingContext = RenderingContext()) -> Value {
        .sorted(supported.map { ($0.key, $0.value.render(model, context)) } + ownMembers(of: model, in: context))
    }

    /// Some keys of the Compose Specification in the order given.
    func members(
        _ names: [String], of model: Model, in context: RenderingContext
    ) -> [(String, Value?)] {
        names.map { ($0, supported[$0]?.render(model, context)) }
    }

    /// Trice's own keys by name, where the dialect has room for them.
    func ownMembers(of model: Model, in context: RenderingContext) -> [(String, Value?)] {
        if extras.isEmpty { return [] }
        return context.own(extras.sorted { $0.key < $1.key }.map { ($0.key, $0.value.render(model, context)) })
    }
}
