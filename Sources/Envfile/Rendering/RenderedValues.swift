internal import Vocabulary

/// The two forms that a tree is rendered for.
///
/// They differ where `docker compose config` prints its JSON otherwise than its YAML: keys in capitals, zeros left out.
/// The YAML form can be read back.
package enum RenderingFormat: Sendable {
    case yaml, json
}

/// Members as Compose prints them: empty, zero and false values are left out.
extension Value {
    /// A map of those members that have a value.
    static func object(_ members: [(String, Value?)]) -> Value {
        .map(members.compactMap { key, value in value.map { Member(key, $0) } })
    }

    static func text(_ text: String?) -> Value? {
        text.flatMap { $0.isEmpty ? nil : .string($0) }
    }

    static func texts(_ texts: [String]) -> Value? {
        texts.isEmpty ? nil : .list(texts.map { .string($0) })
    }

    static func texts(_ texts: [String: String]) -> Value? {
        texts.isEmpty ? nil : .strings(texts)
    }

    static func flag(_ value: Bool) -> Value? {
        value ? .bool(true) : nil
    }

    static func count(_ value: Int) -> Value? {
        value == 0 ? nil : .integer(value)
    }

    /// A number of bytes, which Compose prints as a string.
    static func bytes(_ value: UInt64?) -> Value? {
        value.flatMap { $0 == 0 ? nil : .string(String($0)) }
    }

    static func duration(_ value: Duration?) -> Value? {
        value.map { .string($0.composeText) }
    }

    static func items<Element>(_ elements: [Element], _ value: (Element) -> Value) -> Value? {
        elements.isEmpty ? nil : .list(elements.map(value))
    }

    /// A number as a single-precision one prints: `0.5`, and `2` when it is whole.
    static func single(_ value: Double) -> Value? {
        if value == 0 { return nil }
        if let whole = Int(exactly: value) { return .integer(whole) }
        return .number(Double("\(Float(value))") ?? value)
    }
}

extension Value {
    /// The tree with doubled dollar signs, so that reading it again replaces nothing.
    ///
    /// Sections render their texts unchanged; this is applied once, to the whole tree.
    func escapingVariables() -> Value {
        switch self {
        case .string(let text): .string(Self.escaped(text))
        case .list(let items): .list(items.map { $0.escapingVariables() })
        case .map(let members):
            .map(members.map { Member($0.key, $0.value.escapingVariables()) })
        default: self
        }
    }

    private static func escaped(_ text: String) -> String {
        guard Template.hasVariables(text) else { return text }
        return text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }
}
