/// The order of starts as numbers: a workload's wave comes after those of all that it waits for.
struct Waves {
    private var waves: [String: Int] = [:]

    /// - Parameter dependencies: the names that each name waits for; unknown names count for nothing. Those that wait for
    ///   each other in a circle, which no loader accepts, have the wave 0.
    init(_ dependencies: [String: [String]]) {
        var waiting: [String: Int] = [:]
        var dependents: [String: [String]] = [:]
        for (name, others) in dependencies {
            let known = Set(others).filter { dependencies[$0] != nil }
            waiting[name] = known.count
            for other in known { dependents[other, default: []].append(name) }
        }
        var ready = waiting.filter { $0.value == 0 }.map(\.key)
        while let name = ready.popLast() {
            let next = wave(of: name) + 1
            for dependent in dependents[name] ?? [] {
                waves[dependent] = max(wave(of: dependent), next)
                waiting[dependent, default: 0] -= 1
                if waiting[dependent] == 0 { ready.append(dependent) }
            }
        }
        for (name, count) in waiting where count > 0 { waves[name] = nil }
    }

    func wave(of name: String) -> Int { waves[name] ?? 0 }
}
