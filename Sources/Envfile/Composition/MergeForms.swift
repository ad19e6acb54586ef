/// The forms into which two values are converted before the merge.
enum MergeForm {
    /// The items of a list, of a single value, or of nothing; `nil` for a mapping.
    static func items(_ node: Node) -> [Node]? {
        switch node.content {
        case .sequence(let items): items
        case .scalar: node.isNull ? [] : [node]
        case .mapping: nil
        }
    }

    /// The pairs of a mapping, or of a list of `key=value`; a key alone has an empty value.
    static func keyValues(_ node: Node) -> [Node.Pair]? {
        pairs(node) { text, item in
            let (key, value) = KeyValue.split(text)
            let scalar = Scalar(text: value ?? "", style: .plain, type: value == nil ? .null : .string)
            return Node.Pair(
                key: Node.Key(name: key, mark: item.mark), value: Node(content: .scalar(scalar), mark: item.mark))
        }
    }

    /// The pairs of a mapping, or of a list of names.
    static func named(_ node: Node, _ form: MergeRule.NameForm) -> [Node.Pair]? {
        pairs(node) { name, item in
            Node.Pair(key: Node.Key(name: name, mark: item.mark), value: value(of: form, at: item.mark))
        }
    }

    /// The entries of a list of hosts, or of a mapping with one or several addresses as values.
    static func hosts(_ node: Node) -> [Node]? {
        guard case .mapping(let pairs) = node.content else { return items(node) }
        return pairs.flatMap { pair -> [Node] in
            (items(pair.value) ?? []).compactMap { address in
                address.scalarText.map { string("\(pair.key.name)=\($0)", at: address.mark) }
            }
        }
    }

    static func string(_ text: String, at mark: Mark) -> Node {
        Node(content: .scalar(Scalar(text: text, style: .plain, type: .string)), mark: mark)
    }

    private static func pairs(_ node: Node, _ pair: (String, Node) -> Node.Pair) -> [Node.Pair]? {
        switch node.content {
        case .mapping(let pairs): return pairs
        case .scalar: return node.isNull ? [] : nil
        case .sequence(let items):
            var pairs: [Node.Pair] = []
            var positions: [String: Int] = [:]
            for item in items {
                guard let text = item.scalarText else { return nil }
                let next = pair(text, item)
                if let index = positions.updateValue(pairs.count, forKey: next.key.name) {
                    pairs[index] = next
                    positions[next.key.name] = index
                } else {
                    pairs.append(next)
                }
            }
            return pairs
        }
    }

    private static func value(of form: MergeRule.NameForm, at mark: Mark) -> Node {
        func pair(_ key: String, _ text: String, _ type: Scalar.ScalarType) -> Node.Pair {
            let scalar = Scalar(text: text, style: .plain, type: type)
            return Node.Pair(key: Node.Key(name: key, mark: mark), value: Node(content: .scalar(scalar), mark: mark))
        }
        switch form {
        case .nothing: return Node(content: .scalar(Scalar(text: "", style: .plain, type: .null)), mark: mark)
        case .dependency:
            return Node(
                content: .mapping([pair("condition", "service_started", .string), pair("required", "true", .bool)]),
                mark: mark)
        }
    }
}
