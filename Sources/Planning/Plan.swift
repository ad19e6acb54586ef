internal import Diagnostics
import Envfile
package import Vocabulary

/// What has to be done to bring an environment from what there is to what is wanted: a directed acyclic graph.
///
/// Equal inputs give equal plans, operation for operation. `description` is for people, `rows` for machines, and
/// `operationList` shows the graph itself.
package struct Plan: Hashable, Sendable {
    /// Every operation after those it waits for; ids count from 1 in this order.
    package var operations: [PlannedOperation]
    /// What a user should know although nothing is done about it, one sentence each.
    package var notes: [String]

    package init(operations: [PlannedOperation] = [], notes: [String] = []) {
        self.operations = operations
        self.notes = notes
    }

    /// Whether there is nothing to do.
    package var isEmpty: Bool { operations.isEmpty }

    /// Whether something is known to change: not when all that is to be done is to ask whether an image has changed.
    package var hasChanges: Bool { operations.contains { !$0.onlyAsks } }

    /// One line per operation: id, what is done, the ids that must have succeeded, and with `~` those that must only
    /// have ended, such as `5 remove network default [~3 ~4]`.
    package var operationList: String {
        operations.map { planned in
            let edges = planned.dependsOn.map { "\($0.number)" } + planned.follows.map { "~\($0.number)" }
            var line = "\(planned.id.number) \(planned.operation.verb) \("\(planned.operation.resource)".visibleInLine)"
            if case .waitForContainer(_, let condition) = planned.operation { line += " \(condition.rawValue)" }
            if case .publishPorts(let ids, _, _) = planned.operation {
                line += " of " + ids.map { "\($0)" }.joined(separator: ", ")
            }
            if case .applyFirewall(let networks) = planned.operation, !networks.isEmpty {
                line += " of " + networks.joined(separator: ", ").visibleInLine
            }
            return edges.isEmpty ? line : line + " [\(edges.joined(separator: " "))]"
        }.joined(separator: "\n")
    }
}

/// An operation in its place in a plan.
package struct PlannedOperation: Hashable, Sendable, Identifiable {
    package var id: OperationID
    package var operation: Operation
    /// Why, in words that follow the resource's name: `does not exist`, `command changed`.
    package var cause: String
    /// The operations that must have succeeded before; when one fails or is left out, this one is left out. Sorted.
    package var dependsOn: [OperationID]
    /// The operations that must have ended before, no matter how. Sorted, and without those of `dependsOn`.
    package var follows: [OperationID]
    /// Whether it only completes what other operations do: the plan as people read it does not tell it.
    package var isImplied: Bool

    package init(
        id: OperationID, operation: Operation, cause: String, dependsOn: [OperationID] = [],
        follows: [OperationID] = [], isImplied: Bool = false
    ) {
        self.id = id
        self.operation = operation
        self.cause = cause
        self.dependsOn = dependsOn
        self.follows = follows
        self.isImplied = isImplied
    }

    package var resource: Resource { operation.resource }
}
