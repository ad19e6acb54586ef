/// Values by patterns of paths: parts with dots between them; the part `*` matches any key or item.
struct PathTree<Value: Sendable>: Sendable {
    /// The value of the whole path so far; `nil` for none.
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

    /// The tree below a key.
    func child(_ key: String) -> PathTree? { children[key] }

    /// The tree below every key and item.
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
