/// What a service's containers may use of the host.
public struct ServiceLimits: Hashable, Sendable {
    public var cpu = Processor()
    public var memory = Memory()
    /// `-1` means without a limit.
    public var pids: Int?
    public var cgroupParent: String?
    /// By the names of getrlimit(2), in lower case.
    public var ulimits: [String: Ulimit] = [:]
    public var blockIO: BlockIOSettings?

    public init() {}

    public struct Processor: Hashable, Sendable {
        /// How many processors' time, such as `0.5`.
        public var cpus: Double?
        /// Windows only.
        public var count: Int?
        /// Windows only.
        public var percent: Double?
        /// The relative weight against other containers.
        public var shares: Int?
        /// Microseconds.
        public var period: Int?
        /// Microseconds in a period.
        public var quota: Int?
        /// Microseconds.
        public var realtimePeriod: Int?
        /// Microseconds.
        public var realtimeRuntime: Int?
        /// Which processors, such as `0-3` or `0,1`.
        public var set: String?

        public init() {}
    }

    /// Sizes in bytes.
    public struct Memory: Hashable, Sendable {
        public var limit: Int?
        public var reservation: Int?
        /// Memory and swap together; `-1` means without a limit.
        public var swapLimit: Int?
        /// From 0 to 100.
        public var swappiness: Int?
        /// The size of /dev/shm.
        public var shared: Int?
        /// `oom_kill_disable`.
        public var isNeverKilled = false
        /// From -1000 to 1000.
        public var scoreAdjustment: Int?

        public init() {}
    }
}
