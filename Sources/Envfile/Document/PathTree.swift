/// Values by patterns of paths: parts with dots between them, of which `*` stands for any key or item.
struct PathTree<Value: Sendable>: Sendable {
    /// What the whole path so far has; `nil` for nothing.
    private(set) var value: Value?
    private var children: [String: PathTree] = [:]

    init() {}

    init(_ values: [(String, Value)]) {
        for (pattern, value) in values { insert(pattern.split(separator: ".")[...], value) }
    }

    private mutating func insert(_ pattern: ArraySlice<Substring>, _ value: Value) {
        guard let first = pattern.first else {
            self.value = value
            return
        }
        children[String(first), default: PathTree()].insert(pattern.dropFirst(), value)
    }

    /// What is below a key by its own name.
    func child(_ key: String) -> PathTree? { children[key] }

    /// What is below every key and item.
    var item: PathTree? { children["*"] }

    /// The value under a whole pattern.
    func value(at pattern: String) -> Value? {
        var tree: PathTree? = self
        for part in pattern.split(separator: ".") { tree = tree?.children[String(part)] }
        return tree?.value
    }
}

extension PathTree: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral values: (String, Value)...) {
        self.init(values)
    }
}
