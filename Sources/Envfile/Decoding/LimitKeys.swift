extension ServiceDraft {
    /// What containers may use; zero means no limit, as if nothing had been said.
    static let limitKeys: Keys = [
        "blkio_config": { $1.service.limits.blockIO = BlockIOSettings.decoded(from: $0) },
        "cgroup_parent": { $1.service.limits.cgroupParent = $0.nonEmptyString() },
        "cpu_count": { $1.service.limits.cpu.count = whole($0, "a number of processors") },
        "cpu_percent": { $1.service.limits.cpu.percent = $0.decimal("a percentage", in: 0...100).flatMap(nonZero) },
        "cpu_period": { $1.service.limits.cpu.period = microseconds($0) },
        "cpu_quota": { $1.service.limits.cpu.quota = microseconds($0, from: -1) },
        "cpu_rt_period": { $1.service.limits.cpu.realtimePeriod = microseconds($0) },
        "cpu_rt_runtime": { $1.service.limits.cpu.realtimeRuntime = microseconds($0) },
        "cpu_shares": { $1.service.limits.cpu.shares = whole($0, "a number of shares") },
        "cpus": { $1.service.limits.cpu.cpus = $0.decimal("a number of processors", in: 0...4096).flatMap(nonZero) },
        "cpuset": { $1.service.limits.cpu.set = $0.nonEmptyString() },
        "mem_limit": { $1.service.limits.memory.limit = bytes($0) },
        "mem_reservation": { $1.service.limits.memory.reservation = bytes($0) },
        "mem_swappiness": { $1.service.limits.memory.swappiness = bytes($0) },
        "memswap_limit": { $1.service.limits.memory.swapLimit = bytes($0, allowsUnlimited: true) },
        "oom_kill_disable": { $1.service.limits.memory.isNeverKilled = $0.bool() ?? false },
        "oom_score_adj": {
            $1.service.limits.memory.scoreAdjustment = $0.integer("a number", in: -1000...1000).flatMap(nonZero)
        },
        "pids_limit": { $1.service.limits.pids = whole($0, "a number of processes", from: -1) },
        "shm_size": { $1.service.limits.memory.shared = bytes($0) },
        "ulimits": { $1.service.limits.ulimits = Ulimit.decodedMap(from: $0) },
    ]

    private static func nonZero<Number: Numeric>(_ value: Number) -> Number? { value == 0 ? nil : value }

    private static func whole(_ cursor: Cursor, _ expected: String, from minimum: Int = 0) -> Int? {
        cursor.integer(expected, in: minimum...Int(Int32.max)).flatMap(nonZero)
    }

    /// A number of microseconds or a duration.
    private static func microseconds(_ cursor: Cursor, from minimum: Int = 0) -> Int? {
        if let text = cursor.stringValue, CoreSchema.integer(text) == nil, let duration = GoDuration.parse(text) {
            return Int(duration / .microseconds(1))
        }
        return whole(cursor, "a number of microseconds or a duration", from: minimum)
    }

    private static func bytes(_ cursor: Cursor, allowsUnlimited: Bool = false) -> Int? {
        if allowsUnlimited, let scalar = cursor.scalar, scalar.text == "-1" { return -1 }
        return ByteCount.decoded(from: cursor).flatMap { Int(exactly: $0) }.flatMap(nonZero)
    }
}
