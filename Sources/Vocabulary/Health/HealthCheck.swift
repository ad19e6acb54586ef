/// How a container's health is found out. What is `nil` is the image's own, and then Docker's default.
package struct HealthCheck: Hashable, Sendable, Codable {
    /// The command of the check.
    package enum Test: Hashable, Sendable, Codable {
        /// `NONE`: the image's check is switched off.
        case off
        /// `CMD`: the words of a command.
        case command([String])
        /// `CMD-SHELL`, or a string: what the container's shell gets after `-c`.
        case shell([String])
    }

    /// `nil` for the image's test.
    package var test: Test?
    /// Between two checks; 30 s by default.
    package var interval: Duration?
    /// How long one check may run; 30 s by default.
    package var timeout: Duration?
    /// How many failures in a row make the container unhealthy; 3 by default.
    package var retries: Int?
    /// How long failures do not count after the start; 0 by default.
    package var startPeriod: Duration?
    /// Between two checks in that time; 5 s by default.
    package var startInterval: Duration?
    /// `disable: true`, which means the same as the test `NONE`.
    package var isDisabled: Bool

    package init(
        test: Test? = nil, interval: Duration? = nil, timeout: Duration? = nil, retries: Int? = nil,
        startPeriod: Duration? = nil, startInterval: Duration? = nil, isDisabled: Bool = false
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.isDisabled = isDisabled
    }
}

extension HealthCheck.Test {
    /// The words that a list may begin with.
    package static let kinds = ["CMD", "CMD-SHELL", "NONE"]

    /// The list as Compose and image configurations write it: its first word says what the others are.
    ///
    /// - Returns: `nil` for an empty list, which is no test.
    /// - Throws: for a first word that is not one of `kinds`.
    package static func parse(_ words: [String]) throws(InvalidValue) -> Self? {
        guard let kind = words.first else { return nil }
        switch kind {
        case "NONE": return .off
        case "CMD": return .command(Array(words.dropFirst()))
        case "CMD-SHELL": return .shell(Array(words.dropFirst()))
        default: throw InvalidValue(kind, "is not CMD, CMD-SHELL or NONE, with which a health check's test begins")
        }
    }

    /// The list that `parse` reads.
    package var words: [String] {
        switch self {
        case .off: ["NONE"]
        case .command(let words): ["CMD"] + words
        case .shell(let words): ["CMD-SHELL"] + words
        }
    }
}
