/// One thing that Trice needs of the host, and how it is.
public struct DoctorCheck: Sendable, Encodable {
    public enum Outcome: String, Sendable, Encodable {
        case good, warning, bad
    }

    public var subject: String
    public var outcome: Outcome
    public var finding: String
    public var remedy: String?

    init(_ subject: String, _ outcome: Outcome, _ finding: String, remedy: String? = nil) {
        self.subject = subject
        self.outcome = outcome
        self.finding = finding
        self.remedy = remedy
    }
}
