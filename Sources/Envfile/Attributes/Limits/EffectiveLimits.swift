/// The limits that hold for a container: a service's own, else those of its `deploy`. A file that has both, and not the
/// same, is refused.
extension Service {
    /// Bytes.
    package var memoryLimit: Int? {
        limits.memory.limit ?? lifecycle.deployment?.limits?.memory.map(Int.init(clamping:))
    }

    /// Bytes.
    package var memoryReservation: Int? {
        limits.memory.reservation ?? lifecycle.deployment?.reservations?.memory.map(Int.init(clamping:))
    }

    /// The number of processors.
    package var processorLimit: Double? {
        limits.cpu.cpus ?? lifecycle.deployment?.limits.flatMap { $0.processors == 0 ? nil : $0.processors }
    }

    /// The number of processes; `-1` for no limit.
    package var processLimit: Int? {
        limits.pids ?? lifecycle.deployment?.limits.flatMap { $0.processes == 0 ? nil : $0.processes }
    }

    /// Devices that a driver picks: those of `gpus`, and those that `deploy` reserves.
    package var deviceRequests: [DeviceRequest] {
        security.gpus + (lifecycle.deployment?.reservations?.devices ?? [])
    }
}
