/// Lets a bounded number of starts run at once, in the order they were asked for.
struct StartQueue: Sendable {
    private let limit: Int
    private var active: Set<String> = []
    private var waiting: [String] = []

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var isIdle: Bool { active.isEmpty }

    /// Adds a start; the result is what may begin now.
    mutating func enqueue(_ name: String) -> [String] {
        waiting.append(name)
        return admit()
    }

    /// A start came to its end, well or badly, or is not wanted any more; the result is what may begin now.
    mutating func finish(_ name: String) -> [String] {
        if active.remove(name) == nil { waiting.removeAll { $0 == name } }
        return admit()
    }

    private mutating func admit() -> [String] {
        var admitted: [String] = []
        while active.count < limit, !waiting.isEmpty {
            let name = waiting.removeFirst()
            active.insert(name)
            admitted.append(name)
        }
        return admitted
    }
}

/// A client whose answer needs several containers to have ended.
struct PendingEndings: Sendable, Hashable {
    let names: [String]
    private var missing: Set<String>

    init(names: [String], alive: Set<String>) {
        self.names = names
        missing = alive
    }

    var isComplete: Bool { missing.isEmpty }

    func awaits(_ name: String) -> Bool { missing.contains(name) }

    /// Whether the last one that was missing has now ended.
    mutating func ended(_ name: String) -> Bool {
        missing.remove(name) != nil && missing.isEmpty
    }
}
