/// The last step after the merge: removes tags, and keeps the last of equal entries of a list.
enum MergedTree {
    static func finished(_ node: Node, by rules: MergeRules = .document) -> Node {
        var node = node
        node.tag = nil
        switch node.content {
        case .scalar: return node
        case .mapping(let pairs):
            node.content = .mapping(
                pairs.compactMap { pair in
                    guard pair.value.tag != MergeTag.reset else { return nil }
                    return Node.Pair(key: pair.key, value: finished(pair.value, by: rules[pair.key.name]))
                })
        case .sequence(let items):
            let kept = items.compactMap { item in
                item.tag == MergeTag.reset ? nil : finished(item, by: rules["*"])
            }
            node.content = .sequence(unique(kept, rules.rule))
        }
        return node
    }

    private static func unique(_ items: [Node], _ rule: MergeRule) -> [Node] {
        switch rule {
        case .ports: PortMerge.unique(items)
        // Two mounts on one path in one list are for the check of mounts to judge.
        case .list(.mountTarget?): items
        case .list(let key): Merger.unique(items, by: key)
        default: items
        }
    }
}
