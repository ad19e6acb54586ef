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

    /// One line per operation: id, what is done, the ids that must have succeeded, and with `~` those that must only
    /// have ended, such as `5 remove network default [~3 ~4]`.
    package var operationList: String {
        operations.map { planned in
            let edges = planned.dependsOn.map { "\($0.number)" } + planned.follows.map { "~\($0.number)" }
            var line = "\(planned.id.number) \(planned.operation.verb) \(printable("\(planned.operation.resource)"))"
            if case .waitForContainer(_, let condition) = planned.operation { line += " \(condition.rawValue)" }
            if case .publishPorts(let ids) = planned.operation {
                line += " of " + ids.map { "\($0)" }.joined(separator: ", ")
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

    package init(
        id: OperationID, operation: Operation, cause: String, dependsOn: [OperationID] = [],
        follows: [OperationID] = []
    ) {
        self.id = id
        self.operation = operation
        self.cause = cause
        self.dependsOn = dependsOn
        self.follows = follows
    }

    package var resource: Resource { operation.resource }
}

/// The text with control characters escaped: what an Envfile says must not steer a terminal.
func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
