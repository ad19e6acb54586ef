extension Value {
    /// A map of the members that have a value, sorted by key.
    static func sorted(_ members: [(String, Value?)]) -> Value {
        .object(members.sorted { $0.0 < $1.0 })
    }

    /// A map of the members that have a value, or `nil` when none has.
    static func nonEmptyObject(_ members: [(String, Value?)]) -> Value? {
        let object = sorted(members)
        return object == .map([]) ? nil : object
    }

    /// A map with one member for each element, sorted by key; `nil` for none.
    static func members<Element>(_ elements: [Element], _ member: (Element) -> (String, Value)) -> Value? {
        elements.isEmpty ? nil : sorted(elements.map(member).map { ($0.0, .some($0.1)) })
    }

    static func whole(_ number: Int?) -> Value? { number.map { .integer($0) } }

    /// A number of bytes, which Compose shows as a string.
    static func size(_ bytes: Int?) -> Value? { bytes.map { .string(String($0)) } }

    /// A number without a fraction is written as an integer.
    static func numberText(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    /// The value of a node, maps sorted by key.
    init(_ node: Node) {
        switch node.content {
        case .sequence(let items): self = .list(items.map { Value($0) })
        case .mapping(let pairs): self = .sorted(pairs.map { ($0.key.name, Value($0.value)) })
        case .scalar(let scalar):
            switch scalar.type {
            case .null: self = .null
            case .bool: self = .bool(scalar.text.lowercased() == "true")
            case .string: self = .string(scalar.text)
            case .integer, .float:
                let text = CanonicalScalar.text(scalar)
                if let whole = Int(text) {
                    self = .integer(whole)
                } else {
                    self = CanonicalScalar.double(scalar.text).map { .number($0) } ?? .string(scalar.text)
                }
            }
        }
    }
}
