extension RuntimeSpecification {
    /// Limits of the container's cgroup; config-linux.md, "Control groups".
    public struct Resources: Codable, Hashable, Sendable {
        public var devices: [DeviceRule]?
        public var memory: Memory?
        public var cpu: CPU?
        public var pids: Processes?
        public var blockIO: BlockIO?
        /// Files of cgroup v2 and what to write into them.
        public var unified: [String: String]?

        public init(
            devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil, pids: Processes? = nil,
            blockIO: BlockIO? = nil, unified: [String: String]? = nil
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.unified = unified
        }
    }

    /// A rule for the access to devices.
    public struct DeviceRule: Codable, Hashable, Sendable {
        public var allow: Bool
        /// `a`, `c` or `b`.
        public var type: String?
        public var major: Int64?
        public var minor: Int64?
        /// Of `r`, `w` and `m`.
        public var access: String?

        public init(
            allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }

    /// Limits in bytes; -1 means no limit.
    public struct Memory: Codable, Hashable, Sendable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together.
        public var swap: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool?

        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, swappiness: UInt64? = nil,
            disableOOMKiller: Bool? = nil
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
        }
    }

    /// Shares of the processors; times in microseconds.
    public struct CPU: Codable, Hashable, Sendable {
        public var shares: UInt64?
        public var quota: Int64?
        public var period: UInt64?
        /// A list such as `0-3,7`.
        public var cpus: String?
        public var mems: String?
        public var realtimeRuntime: Int64?
        public var realtimePeriod: UInt64?

        public init(
            shares: UInt64? = nil, quota: Int64? = nil, period: UInt64? = nil, cpus: String? = nil,
            mems: String? = nil, realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.period = period
            self.cpus = cpus
            self.mems = mems
            self.realtimeRuntime = realtimeRuntime
            self.realtimePeriod = realtimePeriod
        }
    }

    /// How many processes there may be; -1 is any number.
    public struct Processes: Codable, Hashable, Sendable {
        public var limit: Int64

        public init(limit: Int64) {
            self.limit = limit
        }
    }

    /// Shares and limits of block devices.
    public struct BlockIO: Codable, Hashable, Sendable {
        public var weight: UInt16?
        public var weightDevice: [Weight]?
        public var throttleReadBpsDevice: [Throttle]?
        public var throttleWriteBpsDevice: [Throttle]?
        public var throttleReadIOPSDevice: [Throttle]?
        public var throttleWriteIOPSDevice: [Throttle]?

        public init(
            weight: UInt16? = nil, weightDevice: [Weight]? = nil, throttleReadBpsDevice: [Throttle]? = nil,
            throttleWriteBpsDevice: [Throttle]? = nil, throttleReadIOPSDevice: [Throttle]? = nil,
            throttleWriteIOPSDevice: [Throttle]? = nil
        ) {
            self.weight = weight
            self.weightDevice = weightDevice
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }

        /// A share of one device.
        public struct Weight: Codable, Hashable, Sendable {
            public var major: Int64
            public var minor: Int64
            public var weight: UInt16

            public init(major: Int64, minor: Int64, weight: UInt16) {
                self.major = major
                self.minor = minor
                self.weight = weight
            }
        }

        /// A limit per second on one device, in bytes or operations.
        public struct Throttle: Codable, Hashable, Sendable {
            public var major: Int64
            public var minor: Int64
            public var rate: UInt64

            public init(major: Int64, minor: Int64, rate: UInt64) {
                self.major = major
                self.minor = minor
                self.rate = rate
            }
        }
    }
}
