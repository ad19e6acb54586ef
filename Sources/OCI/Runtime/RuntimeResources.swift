extension RuntimeSpecification {
    /// Limits of the container's cgroup; config-linux.md, "Control groups".
    package struct Resources: Codable, Hashable, Sendable {
        package var devices: [DeviceRule]?
        package var memory: Memory?
        package var cpu: CPU?
        package var pids: Processes?
        package var blockIO: BlockIO?
        /// Files of cgroup v2 and what to write into them.
        package var unified: [String: String]?

        package init(
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
    package struct DeviceRule: Codable, Hashable, Sendable {
        package var allow: Bool
        /// `a`, `c` or `b`.
        package var type: String?
        package var major: Int64?
        package var minor: Int64?
        /// Of `r`, `w` and `m`.
        package var access: String?

        package init(
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
    package struct Memory: Codable, Hashable, Sendable {
        package var limit: Int64?
        package var reservation: Int64?
        /// Memory and swap together.
        package var swap: Int64?
        package var swappiness: UInt64?
        package var disableOOMKiller: Bool?

        package init(
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
    package struct CPU: Codable, Hashable, Sendable {
        package var shares: UInt64?
        package var quota: Int64?
        package var period: UInt64?
        /// A list such as `0-3,7`.
        package var cpus: String?
        package var mems: String?
        package var realtimeRuntime: Int64?
        package var realtimePeriod: UInt64?

        package init(
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
    package struct Processes: Codable, Hashable, Sendable {
        package var limit: Int64

        package init(limit: Int64) {
            self.limit = limit
        }
    }

    /// Shares and limits of block devices.
    package struct BlockIO: Codable, Hashable, Sendable {
        package var weight: UInt16?
        package var weightDevice: [Weight]?
        package var throttleReadBpsDevice: [Throttle]?
        package var throttleWriteBpsDevice: [Throttle]?
        package var throttleReadIOPSDevice: [Throttle]?
        package var throttleWriteIOPSDevice: [Throttle]?

        package init(
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
        package struct Weight: Codable, Hashable, Sendable {
            package var major: Int64
            package var minor: Int64
            package var weight: UInt16

            package init(major: Int64, minor: Int64, weight: UInt16) {
                self.major = major
                self.minor = minor
                self.weight = weight
            }
        }

        /// A limit per second on one device, in bytes or operations.
        package struct Throttle: Codable, Hashable, Sendable {
            package var major: Int64
            package var minor: Int64
            package var rate: UInt64

            package init(major: Int64, minor: Int64, rate: UInt64) {
                self.major = major
                self.minor = minor
                self.rate = rate
            }
        }
    }
}
