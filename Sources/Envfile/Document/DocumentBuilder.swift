internal import Diagnostics

/// Builds the nodes of a file from its events: aliases expanded, merge keys resolved, duplicate keys reported.
///
/// A file may hold several documents, which Compose merges in their order; those that are empty count for nothing.
struct DocumentBuilder {
    /// Deeper nesting than this is an error, so that recursion over nodes is bounded.
    static let maximumDepth = 64
    /// The largest number of nodes; an alias counts for each of its uses.
    static let maximumNodes = 100_000

    private let report: DiagnosticCollector
    private var anchors: [String: (node: Node, count: Int)] = [:]
    private var openAnchors: Set<String> = []
    private var nodeCount = 0

    private init(report: DiagnosticCollector) {
        self.report = report
    }

    /// The documents in `source`; none when it could not be read or is empty, which is then in `report`.
    ///
    /// - Parameter allowsEmpty: whether a file without a document, of comments alone, is left unreported.
    static func documents(
        of source: SourceFile, report: DiagnosticCollector, allowsEmpty: Bool = false
    ) -> [Document] {
        if source.isUTF16 {
            report.error("the file is UTF-16 and only UTF-8 is read", at: source.mark(offset: 0), path: .root)
            return []
        }
        if let offset = source.firstInvalidByte {
            report.error(
                "the file is not UTF-8: byte \(offset) has the value 0x\(String(source.bytes[offset], radix: 16))",
                at: source.mark(offset: offset), path: .root)
            return []
        }
        do throws(SyntaxProblem) {
            return try EventParser.withEvents(of: source) { (events) throws(SyntaxProblem) in
                var builder = DocumentBuilder(report: report)
                return try builder.documents(&events, allowsEmpty: allowsEmpty)
            }
        } catch {
            report.error(error.message, at: error.mark, path: .root, hint: error.hint)
            return []
        }
    }

    private mutating func documents(
        _ events: inout EventParser, allowsEmpty: Bool
    ) throws(SyntaxProblem) -> [Document] {
        let stream = try events.next()
        var documents: [Document] = []
        var empty: Mark?
        while case .documentStart = try events.next().payload {
            // Anchors end with their document; the limit on nodes is the file's.
            anchors = [:]
            let before = nodeCount
            let root = try node(try events.next(), &events, path: .root, depth: 0)
            if root.isNull {
                empty = empty ?? root.mark
            } else {
                documents.append(Document(root: root, nodeCount: nodeCount - before))
            }
            _ = try events.next()
        }
        if documents.isEmpty, !allowsEmpty {
            report.error("the file is empty", at: empty ?? stream.mark.file.mark(offset: 0), path: .root)
        }
        return documents
    }

    private mutating func node(
        _ event: Event, _ events: inout EventParser, path: Path, depth: Int
    ) throws(SyntaxProblem) -> Node {
        guard depth <= Self.maximumDepth else {
            throw SyntaxProblem(message: "nodes are nested more than \(Self.maximumDepth) deep", mark: event.mark)
        }
        try count(1, at: event.mark)
        switch event.payload {
        case .alias(let name): return try expand(name, at: event.mark)
        case .scalar(let text, let style, let anchor, let tag):
            let type = scalarType(text: text, style: style, tag: tag, at: event.mark, path: path)
            let scalar = Scalar(text: text, style: style, type: type)
            let node = Node(content: .scalar(scalar), tag: kept(tag), mark: event.mark)
            if let anchor { anchors[anchor] = (node, 1) }
            return node
        case .sequenceStart(let anchor, let tag, _):
            return try anchored(anchor) { (builder) throws(SyntaxProblem) in
                builder.check(tag, against: "tag:yaml.org,2002:seq", at: event.mark, path: path)
                let items = try builder.items(&events, path: path, depth: depth)
                return Node(content: .sequence(items), tag: builder.kept(tag), mark: event.mark)
            }
        case .mappingStart(let anchor, let tag, _):
            return try anchored(anchor) { (builder) throws(SyntaxProblem) in
                builder.check(tag, against: "tag:yaml.org,2002:map", at: event.mark, path: path)
                let pairs = try builder.pairs(&events, path: path, depth: depth)
                return Node(content: .mapping(pairs), tag: builder.kept(tag), mark: event.mark)
            }
        default:
            throw SyntaxProblem(message: "the file is not valid YAML: a value is missing", mark: event.mark)
        }
    }

    private mutating func items(
        _ events: inout EventParser, path: Path, depth: Int
    ) throws(SyntaxProblem) -> [Node] {
        var items: [Node] = []
        while true {
            let event = try events.next()
            if event.payload == .sequenceEnd { return items }
            items.append(try node(event, &events, path: .index(path, items.count), depth: depth + 1))
        }
    }

    private mutating func pairs(
        _ events: inout EventParser, path: Path, depth: Int
    ) throws(SyntaxProblem) -> [Node.Pair] {
        var pairs = PairList()
        var merged: [Node] = []
        var hasMerge = false
        while true {
            let event = try events.next()
            if event.payload == .mappingEnd { break }
            let keyNode = try node(event, &events, path: path, depth: depth + 1)
            guard case .scalar(let scalar) = keyNode.content else {
                report.error("a key must be a string, but is \(keyNode.described)", at: event.mark, path: path)
                _ = try node(try events.next(), &events, path: path, depth: depth + 1)
                continue
            }
            let key = Node.Key(name: scalar.text, mark: event.mark)
            let value = try node(try events.next(), &events, path: .key(path, key.name), depth: depth + 1)
            if scalar.style == .plain, scalar.text == "<<" {
                if hasMerge {
                    report.error(
                        "the key `<<` stands twice in one mapping", at: key.mark, path: path,
                        hint: "write one `<<` with a list: `<<: [*a, *b]`")
                }
                hasMerge = true
                merged += mergeSources(value, path: path)
            } else if let first = pairs.append(.init(key: key, value: value)) {
                report.error(
                    "the key `\(key.name)` stands twice in one mapping", at: key.mark,
                    path: .key(path, key.name), hint: "the first is in line \(first.line)")
            }
        }
        for case .mapping(let inherited) in merged.map(\.content) {
            for pair in inherited { _ = pairs.append(pair) }
        }
        return pairs.pairs
    }

    private func mergeSources(_ value: Node, path: Path) -> [Node] {
        let nodes: [Node]
        if case .sequence(let items) = value.content { nodes = items } else { nodes = [value] }
        return nodes.filter { node in
            if case .mapping = node.content { return true }
            report.error(
                "`<<` can only merge a mapping or a list of mappings, but finds \(node.described)", at: node.mark,
                path: path, expected: "a mapping or a list of mappings")
            return false
        }
    }
}

// MARK: - Anchors and limits

extension DocumentBuilder {
    private mutating func anchored(
        _ anchor: String?, _ build: (inout Self) throws(SyntaxProblem) -> Node
    ) throws(SyntaxProblem) -> Node {
        guard let anchor else { return try build(&self) }
        let before = nodeCount
        let isNested = !openAnchors.insert(anchor).inserted
        let node = try build(&self)
        if !isNested { openAnchors.remove(anchor) }
        anchors[anchor] = (node, nodeCount - before + 1)
        return node
    }

    private mutating func expand(_ name: String, at mark: Mark) throws(SyntaxProblem) -> Node {
        if openAnchors.contains(name) {
            throw SyntaxProblem(message: "the alias `*\(name)` stands inside the node that it repeats", mark: mark)
        }
        guard let target = anchors[name] else {
            let nearest = Suggestion.nearest(to: name, in: anchors.keys)
            throw SyntaxProblem(
                message: "the alias `*\(name)` has no anchor `&\(name)` before it",
                hint: nearest.map { "did you mean `*\($0)`?" }, mark: mark)
        }
        try count(target.count, at: mark)
        return target.node
    }

    private mutating func count(_ nodes: Int, at mark: Mark) throws(SyntaxProblem) {
        nodeCount += nodes
        guard nodeCount <= Self.maximumNodes else {
            throw SyntaxProblem(
                message: "the file has more than \(Self.maximumNodes) nodes when its aliases are expanded", mark: mark)
        }
    }
}

// MARK: - Tags

extension DocumentBuilder {
    private func scalarType(
        text: String, style: Scalar.Style, tag: String?, at mark: Mark, path: Path
    ) -> Scalar.ScalarType {
        let implicit = style == .plain ? CoreSchema.type(of: text) : .string
        switch tag {
        case nil, "!reset", "!override": return implicit
        case "!", "tag:yaml.org,2002:str": return .string
        case "tag:yaml.org,2002:null": return .null
        case "tag:yaml.org,2002:bool": return checked(text, is: .bool, named: "boolean", at: mark, path: path)
        case "tag:yaml.org,2002:int": return checked(text, is: .integer, named: "integer", at: mark, path: path)
        case "tag:yaml.org,2002:float":
            if CoreSchema.type(of: text) == .integer { return .float }
            return checked(text, is: .float, named: "float", at: mark, path: path)
        case let tag?:
            report.warning("the tag `\(tag)` is not known and is ignored", at: mark, path: path)
            return implicit
        }
    }

    private func checked(
        _ text: String, is type: Scalar.ScalarType, named name: String, at mark: Mark, path: Path
    ) -> Scalar.ScalarType {
        if CoreSchema.type(of: text) != type {
            report.error("the value is tagged as \(name) but is not one", at: mark, path: path, expected: name)
        }
        return type
    }

    private func check(_ tag: String?, against expected: String, at mark: Mark, path: Path) {
        guard let tag, tag != expected, tag != "!", kept(tag) == nil else { return }
        report.warning("the tag `\(tag)` is not known and is ignored", at: mark, path: path)
    }

    private func kept(_ tag: String?) -> String? {
        tag == "!reset" || tag == "!override" ? tag : nil
    }
}

/// Pairs in order with a quick test for a key that is there already.
private struct PairList {
    private(set) var pairs: [Node.Pair] = []
    private var index: [String: Int] = [:]

    /// Appends a pair unless its key is there; then the mark of that key is returned.
    mutating func append(_ pair: Node.Pair) -> Mark? {
        if let first = index[pair.key.name] { return pairs[first].key.mark }
        index[pair.key.name] = pairs.count
        pairs.append(pair)
        return nil
    }
}
