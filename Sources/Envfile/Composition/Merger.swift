/// Merges the nodes of two files, or of a service and its base, by the rules of their attributes.
///
/// The later value wins; its mark contains the replaced value.
struct Merger {
    let dialect: Dialect
    let report: DiagnosticCollector

    func merged(_ base: Node, with over: Node, by rules: MergeRules = .document, path: Path = .root) -> Node {
        if base.tag == MergeTag.reset { return untagged(over) }
        if over.tag == MergeTag.override { return replaced(base, by: untagged(over)) }
        switch rules.rule {
        case .structure: return structure(base, over, rules, path)
        case .replace: return replaced(base, by: over)
        case .keyValues: return keyValues(base, over)
        case .names(let form): return names(form, base, over, rules, path)
        case .list(let key): return list(key, base, over)
        case .hosts: return hosts(base, over)
        case .build: return structure(Self.buildMapping(base), Self.buildMapping(over), rules, path)
        case .logging:
            if let driver = over["driver"]?.scalarText, let other = base["driver"]?.scalarText, driver != other {
                return replaced(base, by: over)
            }
            return structure(base, over, rules, path)
        case .subnets: return subnets(base, over, rules, path)
        case .ports:
            guard let items = MergeForm.items(base), let others = MergeForm.items(over) else { return over }
            return sequence(PortMerge.merged(items, with: others, dialect), base)
        }
    }

    private func structure(_ base: Node, _ over: Node, _ rules: MergeRules, _ path: Path) -> Node {
        if over.isNull { return base }
        switch (base.content, over.content) {
        case (.mapping(let pairs), .mapping(let others)):
            return mapping(merged(pairs, with: others, by: rules, path: path), base)
        case (.sequence(let items), .sequence(let others)): return sequence(items + others, base)
        case (.scalar, _): return base.isNull ? over : replaced(base, by: over)
        case (.mapping, _), (.sequence, _):
            let kind = if case .mapping = base.content { "a mapping" } else { "a list" }
            report.error(
                "\(path.inWords) is \(over.described) here, which cannot be merged with \(kind)", at: over.mark,
                path: path, expected: kind,
                hint: "the other is in \(base.mark.file.path) line \(base.mark.line); `!override` would replace it")
            return base
        }
    }

    private func merged(
        _ pairs: [Node.Pair], with others: [Node.Pair], by rules: MergeRules, path: Path
    ) -> [Node.Pair] {
        var result = PairTable(pairs)
        for other in others {
            guard other.value.tag != MergeTag.reset else {
                result.remove(other.key.name)
                continue
            }
            guard let pair = result[other.key.name] else {
                result.append(other)
                continue
            }
            let value = merged(
                pair.value, with: other.value, by: rules[other.key.name], path: .key(path, other.key.name))
            let isScalar = if case .scalar = value.content { true } else { false }
            result.replace(Node.Pair(key: isScalar && !other.value.isNull ? other.key : pair.key, value: value))
        }
        return result.pairs
    }

    private func keyValues(_ base: Node, _ over: Node) -> Node {
        guard let pairs = MergeForm.keyValues(base) else { return base }
        guard let others = MergeForm.keyValues(over) else { return over }
        var result = PairTable(pairs)
        for other in others {
            if other.value.tag == MergeTag.reset {
                result.remove(other.key.name)
            } else if let pair = result[other.key.name] {
                result.replace(Node.Pair(key: other.key, value: replaced(pair.value, by: untagged(other.value))))
            } else {
                result.append(other)
            }
        }
        return mapping(result.pairs, base)
    }

    private func names(
        _ form: MergeRule.NameForm, _ base: Node, _ over: Node, _ rules: MergeRules, _ path: Path
    ) -> Node {
        guard let pairs = MergeForm.named(base, form) else { return base }
        guard let others = MergeForm.named(over, form) else { return over }
        return mapping(merged(pairs, with: others, by: rules, path: path), base)
    }

    private func list(_ key: UniqueKey?, _ base: Node, _ over: Node) -> Node {
        guard let items = MergeForm.items(base) else { return base }
        guard let others = MergeForm.items(over) else { return over }
        return sequence(Self.unique(items + others, by: key), base)
    }

    private func hosts(_ base: Node, _ over: Node) -> Node {
        guard let items = MergeForm.hosts(base) else { return base }
        guard let others = MergeForm.hosts(over) else { return over }
        return sequence(Self.unique(items + others, by: .text), base)
    }

    /// Later ranges are kept, each in place of the earlier one with the same subnet.
    private func subnets(_ base: Node, _ over: Node, _ rules: MergeRules, _ path: Path) -> Node {
        guard case .sequence(let items) = base.content, case .sequence(let others) = over.content else {
            return structure(base, over, rules, path)
        }
        let ranges = others.map { other -> Node in
            let subnet = other["subnet"]?.scalarText
            guard let earlier = items.first(where: { $0["subnet"]?.scalarText == subnet }) else { return other }
            return structure(earlier, other, rules["*"], path)
        }
        return sequence(ranges, base)
    }
}

// MARK: - Parts

extension Merger {
    /// Of the entries with equal keys the last one, at the place of the first.
    static func unique(_ items: [Node], by key: UniqueKey?) -> [Node] {
        guard let key else { return items }
        var result: [Node] = []
        var positions: [String: Int] = [:]
        for item in items {
            guard let name = key.key(of: item) else {
                result.append(item)
                continue
            }
            if let index = positions[name] {
                var item = item
                item.mark = item.mark.replacing(result[index])
                result[index] = item
            } else {
                positions[name] = result.count
                result.append(item)
            }
        }
        return result
    }

    private static func buildMapping(_ node: Node) -> Node {
        guard let text = node.scalarText else { return node }
        let pair = Node.Pair(
            key: Node.Key(name: "context", mark: node.mark), value: MergeForm.string(text, at: node.mark))
        return Node(content: .mapping([pair]), mark: node.mark)
    }

    private func replaced(_ base: Node, by over: Node) -> Node {
        var node = over
        node.mark = over.mark.replacing(base)
        return node
    }

    private func untagged(_ node: Node) -> Node {
        guard node.tag == MergeTag.override else { return node }
        var node = node
        node.tag = nil
        return node
    }

    private func mapping(_ pairs: [Node.Pair], _ base: Node) -> Node {
        Node(content: .mapping(pairs), mark: base.mark)
    }

    private func sequence(_ items: [Node], _ base: Node) -> Node {
        Node(content: .sequence(items), mark: base.mark)
    }
}

/// The pairs of a mapping in order, found by key.
private struct PairTable {
    private var slots: [Node.Pair?]
    private var index: [String: Int] = [:]

    init(_ pairs: [Node.Pair]) {
        slots = pairs
        for (position, pair) in pairs.enumerated() { index[pair.key.name] = position }
    }

    var pairs: [Node.Pair] { slots.compactMap { $0 } }

    subscript(name: String) -> Node.Pair? { index[name].flatMap { slots[$0] } }

    mutating func append(_ pair: Node.Pair) {
        index[pair.key.name] = slots.count
        slots.append(pair)
    }

    mutating func replace(_ pair: Node.Pair) {
        guard let position = index[pair.key.name] else { return }
        slots[position] = pair
    }

    mutating func remove(_ name: String) {
        guard let position = index.removeValue(forKey: name) else { return }
        slots[position] = nil
    }
}
