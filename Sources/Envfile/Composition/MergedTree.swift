/// What is left to do when all files are merged: tags go, and of equal entries of a list the last one stays.
struct MergedTree {
    let report: DiagnosticCollector

    func finished(_ node: Node, by rules: MergeRules = .document, path: Path = .root) -> Node {
        var node = node
        node.tag = nil
        switch node.content {
        case .scalar: return node
        case .mapping(let pairs):
            node.content = .mapping(
                pairs.compactMap { pair in
                    guard pair.value.tag != MergeTag.reset else { return nil }
                    let name = pair.key.name
                    return Node.Pair(
                        key: pair.key, value: finished(pair.value, by: rules[name], path: .key(path, name)))
                })
        case .sequence(let items):
            let kept = items.enumerated().compactMap { index, item in
                item.tag == MergeTag.reset ? nil : finished(item, by: rules["*"], path: .index(path, index))
            }
            node.content = .sequence(unique(kept, rules.rule, path))
        }
        return node
    }

    private func unique(_ items: [Node], _ rule: MergeRule, _ path: Path) -> [Node] {
        switch rule {
        case .ports: return PortMerge.unique(items)
        case .list(let key):
            let unique = Merger.unique(items, by: key)
            if case .mountTarget? = key, unique.count < items.count { warn(unique, path) }
            return unique
        default: return items
        }
    }

    private func warn(_ items: [Node], _ path: Path) {
        for (index, item) in items.enumerated() {
            guard let earlier = item.mark.origin?.replaced?.mark, earlier.file === item.mark.file,
                earlier.line != item.mark.line || earlier.column != item.mark.column
            else { continue }
            report.warning(
                "\(path) mounts two things on one path; the last one counts", at: item.mark,
                path: .index(path, index), hint: "the first is in line \(earlier.line)")
        }
    }
}
