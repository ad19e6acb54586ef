import Envfile

extension DesiredContainer {
    /// How much of the host the container may use. A `nil` is no limit, or the kernel's default.
    package struct Limits: Hashable, Sendable, Codable {
        /// Bytes.
        package var memory: Int64?
        /// Bytes.
        package var memoryReservation: Int64?
        /// Bytes of memory and swap together; -1 for no limit. With a limit of the memory and without this it is twice
        /// that limit, as in Docker.
        package var memoryAndSwap: Int64?
        /// From 0 to 100.
        package var swappiness: UInt64?
        /// Whether the kernel never kills it for lack of memory (`oom_kill_disable`).
        package var isNeverKilled = false
        /// Bytes of /dev/shm.
        package var sharedMemory: UInt64?
        /// From -1000 to 1000.
        package var outOfMemoryScore: Int?
        /// The relative weight against other containers.
        package var processorShares: UInt64?
        /// Microseconds in each period; -1 for no limit.
        package var processorQuota: Int64?
        /// Microseconds.
        package var processorPeriod: UInt64?
        /// Microseconds in each period.
        package var realtimeRuntime: Int64?
        /// Microseconds.
        package var realtimePeriod: UInt64?
        /// A list such as `0-3,7`.
        package var processors: String?
        /// The number of processes; -1 for no limit.
        package var processes: Int64?
        /// `nil` without `blkio_config`.
        package var blockDevices: BlockDevices?
        /// The limits of setrlimit(2) by their names in lower case.
        package var resourceLimits: [String: ResourceLimit] = [:]
        /// The cgroup that has the container's.
        package var cgroupParent: String?

        /// A limit of setrlimit(2).
        package struct ResourceLimit: Hashable, Sendable, Codable {
            /// -1 for no limit, as in `hard`.
            package var soft: Int
            package var hard: Int

            package init(soft: Int, hard: Int) {
                self.soft = soft
                self.hard = hard
            }
        }

        /// Shares and limits of block devices, by their paths on the host.
        package struct BlockDevices: Hashable, Sendable, Codable {
            /// From 10 to 1000, for devices without a weight of their own.
            package var weight: UInt16?
            /// The weights of single devices, from 10 to 1000.
            package var weights: [Rate] = []
            /// Bytes per second.
            package var readRates: [Rate] = []
            /// Bytes per second.
            package var writeRates: [Rate] = []
            /// Operations per second.
            package var readOperations: [Rate] = []
            /// Operations per second.
            package var writeOperations: [Rate] = []

            package init(
                weight: UInt16? = nil, weights: [Rate] = [], readRates: [Rate] = [], writeRates: [Rate] = [],
                readOperations: [Rate] = [], writeOperations: [Rate] = []
            ) {
                self.weight = weight
                self.weights = weights
                self.readRates = readRates
                self.writeRates = writeRates
                self.readOperations = readOperations
                self.writeOperations = writeOperations
            }
        }

        /// A number for one device, by its path on the host.
        package struct Rate: Hashable, Sendable, Codable {
            package var path: String
            package var value: UInt64

            package init(path: String, value: UInt64) {
                self.path = path
                self.value = value
            }
        }

        package init() {}
    }
}

extension DesiredContainer.Limits {
    /// The period of a quota that comes from a number of processors, in microseconds, as in Docker.
    static let usualPeriod: UInt64 = 100_000

    init(_ service: Service) {
        let (given, processor) = (service.limits, service.limits.cpu)
        memory = service.memoryLimit.map(Int64.init)
        memoryReservation = service.memoryReservation.map(Int64.init)
        memoryAndSwap = given.memory.swapLimit.map(Int64.init)
        swappiness = given.memory.swappiness.flatMap(UInt64.init(exactly:))
        isNeverKilled = given.memory.isNeverKilled
        sharedMemory = given.memory.shared.flatMap(UInt64.init(exactly:))
        outOfMemoryScore = given.memory.scoreAdjustment
        processorShares = processor.shares.flatMap(UInt64.init(exactly:))
        processorQuota = processor.quota.map(Int64.init)
        processorPeriod = processor.period.flatMap(UInt64.init(exactly:))
        if let number = service.processorLimit {
            processorPeriod = Self.usualPeriod
            processorQuota = Int64((number * Double(Self.usualPeriod)).rounded())
        }
        realtimeRuntime = processor.realtimeRuntime.map(Int64.init)
        realtimePeriod = processor.realtimePeriod.flatMap(UInt64.init(exactly:))
        processors = processor.set
        processes = service.processLimit.map(Int64.init)
        blockDevices = given.blockIO.map { BlockDevices($0) }
        resourceLimits = given.ulimits.mapValues { ResourceLimit(soft: $0.soft, hard: $0.hard) }
        cgroupParent = given.cgroupParent
    }
}

extension DesiredContainer.Limits.BlockDevices {
    fileprivate init(_ settings: BlockIOSettings) {
        typealias Rate = DesiredContainer.Limits.Rate
        weight = settings.weight.flatMap(UInt16.init(exactly:))
        weights = settings.deviceWeights.map { Rate(path: $0.path, value: UInt64(max($0.weight, 0))) }
        func rates(_ list: [BlockIOSettings.DeviceRate]) -> [Rate] {
            list.map { Rate(path: $0.path, value: $0.rate) }
        }
        readRates = rates(settings.readRates)
        writeRates = rates(settings.writeRates)
        readOperations = rates(settings.readOperations)
        writeOperations = rates(settings.writeOperations)
    }
}
