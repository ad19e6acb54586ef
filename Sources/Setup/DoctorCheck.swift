internal import Workspaces

/// One thing that Trice needs of the host, and how it is.
package struct DoctorCheck: Sendable, Encodable {
    /// Whether Trice can run as the host is.
    package enum Outcome: String, Sendable, Encodable {
        case good, warning, bad
    }

    package var subject: String
    package var outcome: Outcome
    package var finding: String
    package var remedy: String?

    init(_ subject: String, _ outcome: Outcome, _ finding: String, remedy: String? = nil) {
        self.subject = subject
        self.outcome = outcome
        self.finding = finding
        self.remedy = remedy
    }
}
