import Envfile

/// How one step of `provision` stands in a container.
package enum StepState: Hashable, Sendable {
    /// It has run, and nothing has changed since for which it would run again.
    case done
    case notRun
    /// It began and did not come to its end; with its exit code where it had one.
    case failed(code: Int32?)
    /// What has changed since it ran, in words such as `input db/002.sql added`; only with `run: changed`.
    case changed([String])

    private static let shownChanges = 3

    /// The first changes, in one line.
    package static func shown(_ changes: [String]) -> String {
        let shown = changes.prefix(shownChanges).joined(separator: ", ")
        return changes.count > shownChanges ? "\(shown) and \(changes.count - shownChanges) more" : shown
    }
}

extension ProvisionStep {
    /// How the step stands where `ran` is what is known of it.
    package func state(_ ran: RanStep?) -> StepState {
        guard let ran else { return .notRun }
        guard ran.isComplete else { return .failed(code: ran.code) }
        guard step.policy == .changed else { return .done }
        let changes = ran.fingerprint.changes(to: fingerprint)
        return changes.isEmpty ? .done : .changed(changes)
    }
}
