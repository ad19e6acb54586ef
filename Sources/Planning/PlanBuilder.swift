import Vocabulary

/// Collects operations in any order and gives them their final order and ids.
struct PlanBuilder {
    /// An operation while the plan is being made; edges are indices into `drafts`.
    private struct Draft {
        var operation: Operation
        var cause: String
        var dependsOn: Set<Int>
        var follows: Set<Int>
        var isImplied: Bool

        var before: Set<Int> { dependsOn.union(follows) }
    }

    /// What the plan is part of.
    let phase: OperationID.Phase
    private var drafts: [Draft] = []
    var notes: [String] = []

    init(_ phase: OperationID.Phase = .plan) {
        self.phase = phase
    }

    /// Adds an operation and returns the handle by which others name it.
    mutating func add(
        _ operation: Operation, cause: String, dependsOn: some Sequence<Int> = [], follows: some Sequence<Int> = [],
        isImplied: Bool = false
    ) -> Int {
        drafts.append(
            Draft(
                operation: operation, cause: cause, dependsOn: Set(dependsOn), follows: Set(follows),
                isImplied: isImplied))
        return drafts.count - 1
    }

    /// Makes an added operation follow others.
    mutating func order(_ handle: Int, after others: some Sequence<Int>) {
        drafts[handle].follows.formUnion(others)
        drafts[handle].follows.remove(handle)
    }

    /// Makes an added operation depend on another.
    mutating func require(_ other: Int, by handles: some Sequence<Int>) {
        for handle in handles { drafts[handle].dependsOn.insert(other) }
    }

    /// The plan: sorted by the length of the longest way from a start, then by kind and name.
    ///
    /// - Throws: `dependencyCycle` when the edges form a circle.
    func build() throws(PlanningError) -> Plan {
        let levels = try levels()
        let sorted = drafts.indices.sorted { left, right in
            let (first, second) = (drafts[left].operation, drafts[right].operation)
            if levels[left] != levels[right] { return levels[left] < levels[right] }
            if first.rank != second.rank { return first.rank < second.rank }
            if first.resource != second.resource { return first.resource < second.resource }
            return left < right
        }
        var ids = Array(repeating: OperationID(phase, 0), count: drafts.count)
        for (position, index) in sorted.enumerated() { ids[index] = OperationID(phase, position + 1) }
        let operations = sorted.map { index in
            let draft = drafts[index]
            return PlannedOperation(
                id: ids[index], operation: draft.operation, cause: draft.cause,
                dependsOn: draft.dependsOn.map { ids[$0] }.sorted(),
                follows: draft.follows.subtracting(draft.dependsOn).map { ids[$0] }.sorted(),
                isImplied: draft.isImplied)
        }
        return Plan(operations: operations, notes: notes.sorted())
    }

    private func levels() throws(PlanningError) -> [Int] {
        var levels = Array(repeating: 0, count: drafts.count)
        var missing = drafts.map { $0.before.count }
        var successors = Array(repeating: [Int](), count: drafts.count)
        for (index, draft) in drafts.enumerated() {
            for other in draft.before { successors[other].append(index) }
        }
        var ready = drafts.indices.filter { missing[$0] == 0 }
        var done = 0
        while let index = ready.popLast() {
            done += 1
            for successor in successors[index] {
                levels[successor] = max(levels[successor], levels[index] + 1)
                missing[successor] -= 1
                if missing[successor] == 0 { ready.append(successor) }
            }
        }
        guard done == drafts.count else {
            throw PlanningError(.dependencyCycle, "The operations of the plan wait for each other in a circle.")
        }
        return levels
    }
}
