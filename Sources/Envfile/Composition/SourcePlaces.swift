/// Where the values of a project are written, for reports that are made after the files have been read.
package struct SourcePlaces: Sendable {
    /// One step of the way from the root of the files to a value.
    package enum Step: Hashable, Sendable {
        /// The entry of a mapping, or of a list of `KEY=VALUE`.
        case key(String)
        /// The first item of a list that has this text in it.
        case item(String)
    }

    /// A place in a file.
    package struct Place: Hashable, Sendable {
        package var file: String
        /// One-based.
        package var line: Int
    }

    private let root: Node?
    /// The entries of `services`, of which there may be many.
    private let services: [String: Node.Pair]

    /// No places: nothing is found.
    package init() {
        root = nil
        services = [:]
    }

    init(_ root: Node) {
        self.root = root
        guard case .mapping(let pairs)? = root["services"]?.content else {
            services = [:]
            return
        }
        services = Dictionary(pairs.map { ($0.key.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of a value, or of the nearest one around it that is written; `nil` when nothing of the way is.
    ///
    /// Trice's own keys are found under `x-trice` too.
    package func place(of steps: some Sequence<Step>) -> Place? {
        guard var node = root else { return nil }
        var mark: Mark?
        var isInServices = false
        for step in steps {
            let known: (Node, Mark)? =
                if isInServices, case .key(let name) = step, let pair = services[name] {
                    (pair.value, pair.key.mark)
                } else { nil }
            isInServices = mark == nil && step == .key("services")
            guard let (next, place) = known ?? Self.child(of: node, step) else { break }
            (node, mark) = (next, place)
        }
        return mark.map { Place(file: $0.file.path, line: $0.line) }
    }

    private static func child(of node: Node, _ step: Step) -> (Node, Mark)? {
        switch step {
        case .key(let key):
            if let pair = node.pair(key) ?? node["x-trice"]?.pair(key) { return (pair.value, pair.key.mark) }
            // A list of `KEY=VALUE` has the keys of a mapping.
            return MergeForm.keyValues(node)?.first { $0.key.name == key }.map { ($0.value, $0.key.mark) }
        case .item(let text):
            guard case .sequence(let items) = node.content else { return nil }
            return items.first { contains($0, text) }.map { ($0, $0.mark) }
        }
    }

    private static func contains(_ node: Node, _ text: String) -> Bool {
        switch node.content {
        case .scalar(let scalar): scalar.text == text || scalar.text.contains(text)
        case .sequence(let items): items.contains { contains($0, text) }
        case .mapping(let pairs): pairs.contains { contains($0.value, text) }
        }
    }
}
