package import Vocabulary

/// How a container is looked after while it runs and when it has ended.
package struct Care: Codable, Sendable, Hashable {
    /// The path of what entering the container takes, an `EntryRecord`.
    package var entry: String
    /// How its health is found out; `nil` for a container whose health is not.
    package var health: HealthSettings?
    /// When it is started again; `nil` for never.
    package var restart: RestartRule?
    /// Whether it is stopped and started again when it becomes unhealthy.
    package var restartsWhenUnhealthy: Bool
    /// The runtime's command that removes what it keeps of a container that has ended.
    package var removal: [String]
    /// The number of the signal that asks for the end; signal(7).
    package var stopSignal: Int32
    /// How long a stop may take before it is killed.
    package var stopGraceMilliseconds: Int
    /// How large its logs may grow; `nil` without a limit.
    package var logs: LogLimits?

    package init(
        entry: String, health: HealthSettings? = nil, restart: RestartRule? = nil, restartsWhenUnhealthy: Bool = false,
        removal: [String] = [], stopSignal: Int32 = 15, stopGraceMilliseconds: Int = 10_000,
        logs: LogLimits? = nil
    ) {
        self.entry = entry
        self.health = health
        self.restart = restart
        self.restartsWhenUnhealthy = restartsWhenUnhealthy
        self.removal = removal
        self.stopSignal = stopSignal
        self.stopGraceMilliseconds = stopGraceMilliseconds
        self.logs = logs
    }
}

/// A health check with all defaults filled in.
package struct HealthSettings: Codable, Sendable, Hashable {
    /// What is looked at in each check.
    package var test: ReadinessCheck.Condition
    /// Between the end of a check and the next one.
    package var interval: Duration
    /// How long one check may take.
    package var timeout: Duration
    /// How many failures in a row make the container unhealthy; 1 or more.
    package var retries: Int
    /// How long failures do not count after the start.
    package var startPeriod: Duration
    /// Between two checks in that time.
    package var startInterval: Duration
    /// For a check that is over with its first success: how long after the start this must come.
    package var limit: Duration?
    /// The container's own addresses, which a connection tries after the loopback.
    package var addresses: [IPAddress]

    package init(
        _ test: ReadinessCheck.Condition, interval: Duration = .seconds(30), timeout: Duration = .seconds(30),
        retries: Int = 3,
        startPeriod: Duration = .zero, startInterval: Duration = .seconds(5), limit: Duration? = nil,
        addresses: [IPAddress] = []
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.limit = limit
        self.addresses = addresses
    }
}

/// The end of one check.
package struct HealthResult: Codable, Sendable, Hashable {
    /// Nanoseconds since the epoch.
    package var startedAt: UInt64
    /// Nanoseconds since the epoch.
    package var endedAt: UInt64
    /// The exit code of a command; `nil` for other checks, and for one that was killed because it took too long.
    package var code: Int32?
    /// Whether the container passed the check.
    package var isSuccess: Bool
    /// What it said, or what was wrong; cut where it is long.
    package var output: String

    package init(startedAt: UInt64, endedAt: UInt64, code: Int32?, isSuccess: Bool, output: String) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.code = code
        self.isSuccess = isSuccess
        self.output = output
    }
}

/// The health of a container that has a check.
package struct HealthReport: Codable, Sendable, Hashable {
    /// What the checks have found out so far.
    package var state: HealthState
    /// The failures in a row that counted.
    package var failures: Int
    /// When it became healthy for the first time since its start, in nanoseconds since the epoch.
    package var healthyAt: UInt64?
    /// The last check that ended; `nil` before the first one.
    package var last: HealthResult?

    package init(state: HealthState = .starting, failures: Int = 0, healthyAt: UInt64? = nil, last: HealthResult? = nil)
    {
        self.state = state
        self.failures = failures
        self.healthyAt = healthyAt
        self.last = last
    }
}

/// The restarts of a container since a user started it.
package struct RestartReport: Codable, Sendable, Hashable {
    /// The restarts since a user started the container.
    package var count: Int
    /// Whether it has ended and is about to be started again.
    package var isPending: Bool
    /// The exit code of the run before; `nil` for the first run, and when no supervisor saw its end.
    package var lastCode: Int32?
    /// The signal that ended the run before.
    package var lastSignal: Int32?
    /// When the run before ended, in nanoseconds since the epoch.
    package var lastEndedAt: UInt64?

    package init(
        count: Int, isPending: Bool, lastCode: Int32? = nil, lastSignal: Int32? = nil, lastEndedAt: UInt64? = nil
    ) {
        self.count = count
        self.isPending = isPending
        self.lastCode = lastCode
        self.lastSignal = lastSignal
        self.lastEndedAt = lastEndedAt
    }
}

/// What a client waits for.
package enum Expectation: String, Codable, Sendable, Hashable {
    /// It runs, and is healthy where it has a check; or it has ended with code 0.
    case ready
    /// It runs and is healthy.
    case healthy
    /// It has ended with code 0.
    case completed
}

/// What became of an expectation.
package struct ExpectationResult: Codable, Sendable, Hashable {
    /// How the waiting ended.
    package enum Outcome: String, Codable, Sendable, Hashable {
        case met
        /// It cannot be met any more.
        case failed
        /// The time is up.
        case late
    }

    package var outcome: Outcome
    /// The container when that was decided.
    package var status: ContainerStatus

    package init(_ outcome: Outcome, _ status: ContainerStatus) {
        self.outcome = outcome
        self.status = status
    }
}
