/// Which operation of one command: what an observer of its progress knows the operation by.
///
/// Operations of different phases never have the same id, so one table can show all phases of an `up`.
package struct OperationID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What the operation is part of, in the order in which `up` comes to them.
    package enum Phase: Int, Hashable, Sendable, CaseIterable {
        /// A registry is asked about an image.
        case pull
        /// An image that a build starts from is brought.
        case base
        /// An image that a build takes steps from is brought.
        case cache
        /// A step of a build.
        case build
        /// The plan of an environment.
        case plan
        /// The containers of an environment are waited for.
        case arrival
        case load
        case push
    }

    package let phase: Phase
    /// Counts within the phase; 0 for what has a name.
    package let number: Int
    /// Tells apart what is not counted; else empty.
    package let name: String

    package init(_ phase: Phase, _ number: Int) {
        self.phase = phase
        self.number = number
        name = ""
    }

    package init(_ phase: Phase, named name: String) {
        self.phase = phase
        number = 0
        self.name = name
    }

    /// Such as `plan 3`.
    package var description: String { "\(phase) \(name.isEmpty ? "\(number)" : name)" }

    package static func < (left: OperationID, right: OperationID) -> Bool {
        (left.phase.rawValue, left.number, left.name) < (right.phase.rawValue, right.number, right.name)
    }
}
