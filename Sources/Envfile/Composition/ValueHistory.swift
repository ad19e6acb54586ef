/// The places that gave one value of a project, in their order: the last one wins.
package struct ValueHistory: Sendable, Encodable, Hashable {
    /// One place that set the value.
    package struct Step: Sendable, Encodable, Hashable {
        package var file: String
        /// One-based.
        package var line: Int
        /// One-based, in code points.
        package var column: Int
        /// The value with replaced variables.
        package var value: String
        /// Variables, `extends` and `include` that it came through.
        package var notes: [Diagnostic.Note]
    }

    /// Such as `services.web.environment.A`.
    package var path: String
    package var steps: [Step]
}

extension ValueHistory {
    /// One line for each place, with the sources of the value below it.
    ///
    /// - Parameter directory: The base for the names of files below it.
    package func text(relativeTo directory: String? = nil) -> String {
        var lines = [path]
        for (index, step) in steps.enumerated() {
            let place = Diagnostic.Note(message: "set", file: step.file, line: step.line).text(relativeTo: directory)
            let mark = index == steps.count - 1 ? "=" : "-"
            lines.append("  \(mark) \(step.value)    \(place)")
            for note in step.notes { lines.append("      \(note.text(relativeTo: directory))") }
        }
        return lines.joined(separator: "\n")
    }
}

/// Follows the history of values in a merged tree.
struct ValueTracer {
    let root: Node
    let extensions: [Extension]

    /// The histories of a value, or of all values below a mapping or list; `nil` when there is nothing at the path.
    func histories(of text: String) -> [ValueHistory]? {
        guard let (node, path) = find(text) else { return nil }
        var histories: [ValueHistory] = []
        collect(node, path, into: &histories)
        return histories
    }

    private func collect(_ node: Node, _ path: Path, into histories: inout [ValueHistory]) {
        switch node.content {
        case .mapping(let pairs) where !pairs.isEmpty:
            for pair in pairs { collect(pair.value, .key(path, pair.key.name), into: &histories) }
        case .sequence(let items) where !items.isEmpty:
            for (index, item) in items.enumerated() { collect(item, .index(path, index), into: &histories) }
        default: histories.append(ValueHistory(path: path.description, steps: steps(of: node, path)))
        }
    }

    private func steps(of node: Node, _ path: Path) -> [ValueHistory.Step] {
        var steps: [ValueHistory.Step] = []
        var next: Node? = node
        while let current = next {
            let mark = current.mark
            let notes = Provenance.notes(of: mark, path: path, extensions: extensions)
            steps.append(
                ValueHistory.Step(
                    file: mark.file.path, line: mark.line, column: mark.column, value: current.shortText,
                    notes: notes.filter { $0.message != Provenance.replacing }))
            next = mark.origin?.replaced
        }
        return steps.reversed()
    }

    /// Walks down by keys, by indices in brackets, and by the keys of lists of `key=value`.
    private func find(_ text: String) -> (Node, Path)? {
        var node = root
        var path = Path.root
        var rest = text[...]
        while !rest.isEmpty {
            if rest.first == "." { rest = rest.dropFirst() }
            if rest.first == "[", let end = rest.firstIndex(of: "]") {
                guard case .sequence(let items) = node.content, let index = Int(rest[..<end].dropFirst()),
                    items.indices.contains(index)
                else { return nil }
                (node, path) = (items[index], .index(path, index))
                rest = rest[rest.index(after: end)...]
            } else {
                guard let (found, key, after) = step(into: node, rest) else { return nil }
                (node, path) = (found, .key(path, key))
                rest = after
            }
        }
        return (node, path)
    }

    /// The longest key that the rest of a path begins with: keys may have dots.
    private func step(into node: Node, _ rest: Substring) -> (Node, key: String, after: Substring)? {
        let pairs = MergeForm.keyValues(node) ?? []
        var best: (Node, key: String, after: Substring)?
        for pair in pairs where rest.hasPrefix(pair.key.name) && !pair.key.name.isEmpty {
            let after = rest.dropFirst(pair.key.name.count)
            guard after.isEmpty || after.first == "." || after.first == "[" else { continue }
            if let best, best.key.count >= pair.key.name.count { continue }
            best = (pair.value, pair.key.name, after)
        }
        return best
    }
}

extension Node {
    /// The node in one line, cut when it is long.
    fileprivate var shortText: String {
        let text = flowText
        return text.count > 100 ? "\(text.prefix(100))…" : text
    }

    private var flowText: String {
        switch content {
        case .scalar(let scalar): scalar.type == .null ? "(empty)" : YAMLWriter.quotedIfNeeded(scalar.text)
        case .sequence(let items): "[\(items.prefix(20).map(\.flowText).joined(separator: ", "))]"
        case .mapping(let pairs):
            "{ \(pairs.prefix(20).map { "\($0.key.name): \($0.value.flowText)" }.joined(separator: ", ")) }"
        }
    }
}
