internal import Vocabulary

/// The limits of a service's containers.
package struct ServiceLimits: Hashable, Sendable {
    package var cpu = Processor()
    package var memory = Memory()
    /// `-1` for no limit.
    package var pids: Int?
    package var cgroupParent: String?
    /// By the names of getrlimit(2), in lower case.
    package var ulimits: [String: Ulimit] = [:]
    package var blockIO: BlockIOSettings?

    package init() {}

    /// The limits of processor time.
    package struct Processor: Hashable, Sendable {
        /// The number of processors, such as `0.5`.
        package var cpus: Double?
        /// Windows only.
        package var count: Int?
        /// Windows only.
        package var percent: Double?
        /// The relative weight against other containers.
        package var shares: Int?
        /// Microseconds.
        package var period: Int?
        /// Microseconds in a period.
        package var quota: Int?
        /// Microseconds.
        package var realtimePeriod: Int?
        /// Microseconds.
        package var realtimeRuntime: Int?
        /// Which processors, such as `0-3` or `0,1`.
        package var set: String?

        package init() {}
    }

    /// Sizes in bytes.
    package struct Memory: Hashable, Sendable {
        package var limit: Int?
        package var reservation: Int?
        /// Memory and swap together; `-1` for no limit.
        package var swapLimit: Int?
        /// From 0 to 100.
        package var swappiness: Int?
        /// The size of /dev/shm.
        package var shared: Int?
        /// `oom_kill_disable`.
        package var isNeverKilled = false
        /// From -1000 to 1000.
        package var scoreAdjustment: Int?

        package init() {}
    }
}

extension ServiceDraft {
    /// The limits of containers; zero counts as absent.
    static let limitKeys: Keys = [
        .init(
            "blkio_config", .container, keys: .fields(BlockIOSettings.keys),
            decode: { $1.service.limits.blockIO = BlockIOSettings.decoded(from: $0) },
            renderInContext: { model, context in model.limits.blockIO?.rendered(context.format) }),
        .init(
            "cgroup_parent", .container, decode: { $1.service.limits.cgroupParent = $0.nonEmptyString() },
            render: { .text($0.limits.cgroupParent) }),
        .init(
            "cpu_count", .none(.windows), decode: { $1.service.limits.cpu.count = whole($0, "a number of processors") },
            render: { .whole($0.limits.cpu.count) }),
        .init(
            "cpu_percent", .none(.windows),
            decode: { $1.service.limits.cpu.percent = $0.decimal("a percentage", in: 0...100).flatMap(nonZero) },
            render: { model in model.limits.cpu.percent.flatMap { .single($0) } }),
        .init(
            "cpu_period", .container, decode: { $1.service.limits.cpu.period = microseconds($0) },
            render: { .whole($0.limits.cpu.period) }),
        .init(
            "cpu_quota", .container, decode: { $1.service.limits.cpu.quota = microseconds($0, from: -1) },
            render: { .whole($0.limits.cpu.quota) }),
        .init(
            "cpu_rt_period", .container, decode: { $1.service.limits.cpu.realtimePeriod = microseconds($0) },
            render: { .whole($0.limits.cpu.realtimePeriod) }),
        .init(
            "cpu_rt_runtime", .container, decode: { $1.service.limits.cpu.realtimeRuntime = microseconds($0) },
            render: { .whole($0.limits.cpu.realtimeRuntime) }),
        .init(
            "cpu_shares", .container, decode: { $1.service.limits.cpu.shares = whole($0, "a number of shares") },
            render: { .whole($0.limits.cpu.shares) }),
        .init(
            "cpus", .container,
            decode: {
                $1.service.limits.cpu.cpus = $0.decimal("a number of processors", in: 0...4096).flatMap(nonZero)
            }, render: { model in model.limits.cpu.cpus.flatMap { .single($0) } }),
        .init(
            "cpuset", .container, decode: { $1.service.limits.cpu.set = $0.nonEmptyString() },
            render: { .text($0.limits.cpu.set) }),
        .init(
            "mem_limit", .container, decode: { $1.service.limits.memory.limit = bytes($0) },
            render: { .size($0.limits.memory.limit) }),
        .init(
            "mem_reservation", .container, decode: { $1.service.limits.memory.reservation = bytes($0) },
            render: { .size($0.limits.memory.reservation) }),
        .init(
            "mem_swappiness", .container, decode: { $1.service.limits.memory.swappiness = bytes($0) },
            render: { .size($0.limits.memory.swappiness) }),
        .init(
            "memswap_limit", .container,
            decode: { $1.service.limits.memory.swapLimit = bytes($0, allowsUnlimited: true) },
            render: { .size($0.limits.memory.swapLimit) }),
        .init(
            "oom_kill_disable", .container, decode: { $1.service.limits.memory.isNeverKilled = $0.bool() ?? false },
            render: { .flag($0.limits.memory.isNeverKilled) }),
        .init(
            "oom_score_adj", .container,
            decode: {
                $1.service.limits.memory.scoreAdjustment = $0.integer("a number", in: -1000...1000).flatMap(nonZero)
            }, render: { .whole($0.limits.memory.scoreAdjustment) }),
        .init(
            "pids_limit", .container,
            decode: { $1.service.limits.pids = whole($0, "a number of processes", from: -1) },
            render: { .whole($0.limits.pids) }),
        .init(
            "shm_size", .container, decode: { $1.service.limits.memory.shared = bytes($0) },
            render: { .size($0.limits.memory.shared) }),
        .init(
            "ulimits", .container, keys: .entries(Ulimit.keys),
            decode: { $1.service.limits.ulimits = Ulimit.decodedMap(from: $0) },
            renderInContext: { model, context in Ulimit.rendered(model.limits.ulimits, context.format) }
        ).merged(entries: .replace),
    ]

    private static func nonZero<Number: Numeric>(_ value: Number) -> Number? { value == 0 ? nil : value }

    private static func whole(_ cursor: Cursor, _ expected: String, from minimum: Int = 0) -> Int? {
        cursor.integer(expected, in: minimum...Int(Int32.max)).flatMap(nonZero)
    }

    /// A number of microseconds or a duration.
    private static func microseconds(_ cursor: Cursor, from minimum: Int = 0) -> Int? {
        if let text = cursor.stringValue, CoreSchema.integer(text) == nil,
            let duration = Duration.parsing(composeText: text)
        {
            return Int(duration / .microseconds(1))
        }
        return whole(cursor, "a number of microseconds or a duration", from: minimum)
    }

    private static func bytes(_ cursor: Cursor, allowsUnlimited: Bool = false) -> Int? {
        if allowsUnlimited, let scalar = cursor.scalar, scalar.text == "-1" { return -1 }
        return ByteCount.decoded(from: cursor).flatMap { Int(exactly: $0.rawValue) }.flatMap(nonZero)
    }
}
