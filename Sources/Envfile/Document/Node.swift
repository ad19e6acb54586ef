/// One node of a document: its content, its explicit tag and its place.
struct Node: Sendable {
    enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        /// Pairs in the order written; keys are unique scalars, merge keys have been resolved.
        case mapping([Pair])
    }

    struct Pair: Sendable {
        var key: Key
        var value: Node
    }

    struct Key: Sendable {
        var name: String
        var mark: Mark
    }

    var content: Content
    /// An explicit tag for the merge of files, such as `!reset`; core tags have been applied.
    var tag: String?
    var mark: Mark

    var isNull: Bool {
        if case .scalar(let scalar) = content { return scalar.type == .null }
        return false
    }

    /// The node in words for a message: `a list`, `the number 80`.
    var described: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar):
            switch scalar.type {
            case .null: "empty"
            case .bool: "the boolean \(scalar.text)"
            case .integer, .float: "the number \(scalar.text)"
            case .string: "a string"
            }
        }
    }

    /// The value under a key of a mapping.
    subscript(key: String) -> Node? { pair(key)?.value }

    /// The entry of a mapping under a key.
    func pair(_ key: String) -> Pair? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key.name == key }
    }

    /// The text of a scalar that holds a string.
    var stringValue: String? {
        guard case .scalar(let scalar) = content, scalar.type == .string else { return nil }
        return scalar.text
    }
}

/// A scalar with the type that the YAML 1.2 core schema (or an explicit tag) gives it.
struct Scalar: Sendable {
    enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    enum ScalarType: Sendable {
        case null, bool, integer, float, string
    }

    var text: String
    var style: Style
    var type: ScalarType
}

/// One YAML document of a file.
struct Document: Sendable {
    var root: Node
    /// The number of nodes; an alias counts for each of its uses.
    var nodeCount = 0
}
