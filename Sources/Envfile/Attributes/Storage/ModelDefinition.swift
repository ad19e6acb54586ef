/// An entry of the top-level `models`: a language model that services use. Kept, without an effect.
package struct ModelDefinition: Hashable, Sendable {
    /// The key under `models:`.
    package var key: String
    package var name: String?
    /// The model's reference, such as `ai/smollm2`.
    package var model: String
    /// In tokens; 0 for the model's own.
    package var contextSize: Int
    package var runtimeFlags: [String]

    package init(
        key: String, name: String? = nil, model: String, contextSize: Int = 0, runtimeFlags: [String] = []
    ) {
        self.key = key
        self.name = name
        self.model = model
        self.contextSize = contextSize
        self.runtimeFlags = runtimeFlags
    }
}

extension ModelDefinition {
    static func decoded(named key: String, from cursor: Cursor) -> ModelDefinition? {
        var model = ModelDefinition(key: key, model: "")
        guard table.decode(cursor, into: &model) else { return nil }
        cursor.requireKeys("model")
        return model
    }

    private static let table = AttributeTable<ModelDefinition, ModelDefinition>([
        .init(
            "context_size", decode: { $1.contextSize = $0.integer("a number of tokens", in: 0...Int.max) ?? 0 },
            render: { .count($0.contextSize) }),
        .init("model", decode: { $1.model = $0.string() ?? "" }, render: { .text($0.model) }),
        .init("name", decode: { $1.name = $0.nonEmptyString() }, render: { .text($0.name) }),
        .init(
            "runtime_flags", decode: { $1.runtimeFlags = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.runtimeFlags) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}

/// A service's use of a model: an entry of its `models`.
package struct ModelBinding: Hashable, Sendable {
    /// The key under the top-level `models:`.
    package var model: String
    /// The variable that gets the model's address; `nil` for one made from the key, `NAME_URL`.
    package var endpointVariable: String?
    /// The variable that gets the model's identifier; `nil` for one made from the key, `NAME_MODEL`.
    package var modelVariable: String?

    package init(model: String, endpointVariable: String? = nil, modelVariable: String? = nil) {
        self.model = model
        self.endpointVariable = endpointVariable
        self.modelVariable = modelVariable
    }
}

extension ModelBinding {
    /// `models` of a service: a list of keys, or a mapping with the variables.
    static func decodedList(from cursor: Cursor) -> [Located<ModelBinding>] {
        if let entries = cursor.entries {
            return entries.map { entry in
                var binding = ModelBinding(model: entry.key.name)
                if !entry.value.node.isNull { table.decode(entry.value, into: &binding) }
                return entry.located(binding)
            }
        }
        guard cursor.items != nil else {
            cursor.mismatch("a list or a mapping of models")
            return []
        }
        var seen: Set<String> = []
        return (cursor.strings() ?? []).compactMap { item in
            if seen.insert(item.value).inserted {
                return Located(value: ModelBinding(model: item.value), mark: item.mark, path: item.path)
            }
            cursor.context.report.error("the model `\(item.value)` is listed twice", at: item.mark, path: item.path)
            return nil
        }
    }

    private static let table = AttributeTable<ModelBinding, ModelBinding>([
        .init(
            "endpoint_var", decode: { $1.endpointVariable = $0.nonEmptyString() },
            render: { .text($0.endpointVariable) }),
        .init("model_var", decode: { $1.modelVariable = $0.nonEmptyString() }, render: { .text($0.modelVariable) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// `null` for an entry with only the key.
    func rendered() -> Value {
        if endpointVariable == nil, modelVariable == nil { return .null }
        return Self.table.rendered(self)
    }
}
