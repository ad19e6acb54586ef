/// `update_config` and `rollback_config`: the replacement of containers in a cluster. Kept, without an effect on one
/// host.
package struct DeploymentUpdate: Hashable, Sendable {
    /// Whether the new task starts before the old one stops.
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case startFirst = "start-first"
        case stopFirst = "stop-first"
    }

    /// The number of containers at a time, 0 for all; `nil` for the default of 1.
    package var parallelism: Int?
    package var delay: Duration
    /// `continue`, `pause`, `rollback` or another word as written.
    package var failureAction: String?
    /// The time in which a failure of a new container counts.
    package var monitor: Duration
    /// From 0 to 1.
    package var failureRatio: Double
    /// `nil` for `stop-first`.
    package var order: Order?

    package init(
        parallelism: Int? = nil, delay: Duration = .zero, failureAction: String? = nil, monitor: Duration = .zero,
        failureRatio: Double = 0, order: Order? = nil
    ) {
        self.parallelism = parallelism
        self.delay = delay
        self.failureAction = failureAction
        self.monitor = monitor
        self.failureRatio = failureRatio
        self.order = order
    }
}

extension DeploymentUpdate {
    static func decoded(from cursor: Cursor) -> DeploymentUpdate? {
        var update = DeploymentUpdate()
        return table.decode(cursor, into: &update) ? update : nil
    }

    private static let table = AttributeTable<DeploymentUpdate, DeploymentUpdate>([
        .init(
            "delay", decode: { $1.delay = Duration.decoded(from: $0) ?? .zero },
            render: { $0.delay == .zero ? nil : .duration($0.delay) }),
        .init(
            "failure_action", decode: { $1.failureAction = $0.word(among: ["continue", "pause", "rollback"]) },
            render: { .text($0.failureAction) }),
        .init(
            "max_failure_ratio", decode: { $1.failureRatio = $0.decimal("a ratio", in: 0...1) ?? 0 },
            render: { .single($0.failureRatio) }),
        .init(
            "monitor", decode: { $1.monitor = Duration.decoded(from: $0) ?? .zero },
            render: { $0.monitor == .zero ? nil : .duration($0.monitor) }),
        .init(
            "order", decode: { $1.order = $0.choice(Order.self) },
            render: { model in model.order.map { .string($0.rawValue) } }),
        .init(
            "parallelism", decode: { $1.parallelism = $0.integer("a number of containers", in: 0...Int.max) },
            render: { model in model.parallelism.map { .integer($0) } }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}

/// When a container that ended starts again: `restart_policy`.
package struct DeploymentRestart: Hashable, Sendable {
    /// `none`, `on-failure`, `any` or another word as written; `nil` for `any`.
    package var condition: String?
    package var delay: Duration?
    /// `nil` for no limit.
    package var attempts: Int?
    /// The time that a container must run before it counts as started.
    package var window: Duration?

    package init(condition: String? = nil, delay: Duration? = nil, attempts: Int? = nil, window: Duration? = nil) {
        self.condition = condition
        self.delay = delay
        self.attempts = attempts
        self.window = window
    }
}

extension DeploymentRestart {
    static func decoded(from cursor: Cursor) -> DeploymentRestart? {
        var restart = DeploymentRestart()
        return table.decode(cursor, into: &restart) ? restart : nil
    }

    private static let table = AttributeTable<DeploymentRestart, DeploymentRestart>([
        .init(
            "condition", decode: { $1.condition = $0.word(among: ["none", "on-failure", "any"]) },
            render: { .text($0.condition) }),
        .init("delay", decode: { $1.delay = Duration.decoded(from: $0) }, render: { .duration($0.delay) }),
        .init(
            "max_attempts", decode: { $1.attempts = $0.integer("a number of attempts", in: 0...Int.max) },
            render: { model in model.attempts.map { .integer($0) } }),
        .init("window", decode: { $1.window = Duration.decoded(from: $0) }, render: { .duration($0.window) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
