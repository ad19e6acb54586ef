internal import Containers
internal import Envfile
internal import OCI
internal import Planning

/// How much of the host a container may use.
extension ContainerAssembly {
    func applyLimits(to configuration: inout ContainerConfiguration) {
        let limits = container.limits
        configuration.cgroupPath = host.cgroupPath
        configuration.resources = limits.resources(on: host.limits, host.blockNumbers)
        if host.limits.limits.contains(.devices) {
            let rules = container.security.deviceRules.map { rule in
                RuntimeSpecification.DeviceRule(
                    allow: true, type: rule.type, major: rule.major, minor: rule.minor, access: rule.access)
            }
            if !rules.isEmpty { configuration.resources?.devices = rules }
        }
        configuration.resourceLimits = limits.resourceLimits.sorted { $0.key < $1.key }.map { name, limit in
            .init(
                type: "RLIMIT_" + name.uppercased(), soft: Self.number(limit.soft), hard: Self.number(limit.hard))
        }
        if let size = limits.sharedMemory { configuration.sharedMemorySize = size }
        configuration.outOfMemoryScoreAdjustment = limits.outOfMemoryScore.map {
            max($0, host.facts.lowestOutOfMemoryScore ?? $0)
        }
    }

    /// -1 is no limit.
    private static func number(_ limit: Int) -> UInt64 { UInt64(exactly: limit) ?? .max }
}

extension DesiredContainer.Limits {
    /// What the runtime writes into the files of the cgroup; what the host cannot put in force is left out.
    ///
    /// - Parameter numbers: the block devices by their paths.
    func resources(
        on support: LimitSupport, _ numbers: [String: BlockDeviceNumbers] = [:]
    ) -> RuntimeSpecification.Resources {
        func ifInForce<Value>(_ limit: LimitSupport.Limit, _ value: Value?) -> Value? {
            support.limits.contains(limit) ? value : nil
        }
        var resources = RuntimeSpecification.Resources()
        let memory = RuntimeSpecification.Memory(
            limit: ifInForce(.memory, memory), reservation: ifInForce(.memoryReservation, memoryReservation),
            swap: ifInForce(.memoryAndSwap, memoryAndSwap ?? usualMemoryAndSwap),
            swappiness: ifInForce(.swappiness, swappiness),
            disableOOMKiller: ifInForce(.neverKilled, isNeverKilled ? true : nil))
        if memory != .init() { resources.memory = memory }
        let processor = RuntimeSpecification.CPU(
            shares: ifInForce(.shares, processorShares), quota: ifInForce(.quota, processorQuota),
            period: ifInForce(.quota, processorPeriod), cpus: ifInForce(.processors, processors),
            realtimeRuntime: ifInForce(.realtime, realtimeRuntime),
            realtimePeriod: ifInForce(.realtime, realtimePeriod))
        if processor != .init() { resources.cpu = processor }
        resources.pids = ifInForce(.processes, processes).map { .init(limit: $0) }
        if let blockDevices { resources.blockIO = blockDevices.blockIO(on: support, numbers) }
        return resources
    }

    /// Twice the memory, as in Docker.
    private var usualMemoryAndSwap: Int64? {
        memory.map { $0 > Int64.max / 2 ? .max : $0 * 2 }
    }
}

/// The major and the minor number of a block device.
struct BlockDeviceNumbers: Hashable, Sendable {
    var major: Int64
    var minor: Int64
}

extension DesiredContainer.Limits.BlockDevices {
    /// The paths of all devices that it names.
    var paths: Set<String> {
        Set((weights + readRates + writeRates + readOperations + writeOperations).map(\.path))
    }

    fileprivate func blockIO(
        on support: LimitSupport, _ numbers: [String: BlockDeviceNumbers]
    ) -> RuntimeSpecification.BlockIO? {
        var settings = RuntimeSpecification.BlockIO()
        if support.limits.contains(.blockWeight) {
            settings.weight = weight
            settings.weightDevice = present(
                weights.compactMap { rate in
                    numbers[rate.path].map {
                        .init(major: $0.major, minor: $0.minor, weight: UInt16(clamping: rate.value))
                    }
                })
        }
        if support.limits.contains(.blockRate) {
            func throttles(_ rates: [DesiredContainer.Limits.Rate]) -> [RuntimeSpecification.BlockIO.Throttle]? {
                present(
                    rates.compactMap { rate in
                        numbers[rate.path].map { .init(major: $0.major, minor: $0.minor, rate: rate.value) }
                    })
            }
            settings.throttleReadBpsDevice = throttles(readRates)
            settings.throttleWriteBpsDevice = throttles(writeRates)
            settings.throttleReadIOPSDevice = throttles(readOperations)
            settings.throttleWriteIOPSDevice = throttles(writeOperations)
        }
        return settings == .init() ? nil : settings
    }

    private func present<Element>(_ list: [Element]) -> [Element]? { list.isEmpty ? nil : list }
}
