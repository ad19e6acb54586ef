internal import LinuxSystem
internal import SystemPackage

/// Which limits the cgroups of this host can put in force; cgroups(7).
package struct LimitSupport: Hashable, Sendable {
    /// A limit that a controller of cgroups can put in force.
    package enum Limit: String, Hashable, Sendable, CaseIterable {
        case memory, memoryReservation, memoryAndSwap, swappiness, neverKilled, shares, quota, realtime, processors
        case processes, blockWeight, blockRate, devices
    }

    /// The limits that this host can put in force.
    package var limits: Set<Limit>
    /// Why the others are not in force, for the user: `this host has cgroups of version 2`.
    package var reason: String

    package init(limits: Set<Limit>, reason: String) {
        self.limits = limits
        self.reason = reason
    }

    /// What a runtime can do on this host.
    package static func observe(_ facts: HostFacts, _ runtime: RuntimeFacts) -> LimitSupport {
        LimitSupport(
            mode: facts.cgroups, manager: facts.cgroupManager(for: runtime), exists: { Files.exists(FilePath($0)) },
            // A hierarchy with an unreadable list counts as empty.
            controllers: {
                facts.userManager?.controllers.joined(separator: " ")
                    ?? (try? Files.text(FilePath("\(Self.root)/cgroup.controllers"))) ?? nil
            })
    }

    private static let root = "/sys/fs/cgroup"

    /// - Parameters:
    ///   - exists: whether there is a file of this path.
    ///   - controllers: reads `cgroup.controllers` of version 2.
    init(
        mode: CgroupMode, manager: CgroupManager, exists: (String) -> Bool, controllers: () -> String?
    ) {
        if case .disabled(let reason) = manager {
            self.init(limits: [], reason: reason)
            return
        }
        switch mode {
        case .none: self.init(limits: [], reason: "no cgroups are mounted")
        case .v1, .hybrid:
            self.init(
                limits: Set(Self.filesOfVersion1.filter { exists("\(Self.root)/\($0.value)") }.keys),
                reason: "this host has cgroups of version 1 without it")
        case .v2:
            let names = (controllers() ?? "").split(whereSeparator: \.isWhitespace)
            let limits = names.flatMap { Self.controllersOfVersion2[String($0)] ?? [] }
            // Access to devices is decided by a program of the kernel, which is root's, and needs no controller.
            self.init(
                limits: Set(limits + (manager == .systemd ? [] : [.devices])),
                reason: manager == .systemd
                    ? "systemd does not delegate it to users here"
                    : "this host has cgroups of version 2 without it")
        }
    }

    /// A file of the root group, or the hierarchy where that has none, without which the kernel lacks the limit. Newer
    /// kernels have `memory.oom_control` in groups below the root alone, and all have it wherever memory is limited.
    private static let filesOfVersion1: [Limit: String] = [
        .memory: "memory/memory.limit_in_bytes", .memoryReservation: "memory/memory.soft_limit_in_bytes",
        .memoryAndSwap: "memory/memory.memsw.limit_in_bytes", .swappiness: "memory/memory.swappiness",
        .neverKilled: "memory/memory.limit_in_bytes", .shares: "cpu/cpu.shares", .quota: "cpu/cpu.cfs_quota_us",
        .realtime: "cpu/cpu.rt_runtime_us", .processors: "cpuset/cpuset.cpus", .processes: "pids/cgroup.procs",
        .blockWeight: "blkio/blkio.weight", .blockRate: "blkio/blkio.throttle.read_bps_device",
        .devices: "devices/cgroup.procs",
    ]

    private static let controllersOfVersion2: [String: [Limit]] = [
        "memory": [.memory, .memoryReservation, .memoryAndSwap], "cpu": [.shares, .quota], "cpuset": [.processors],
        "pids": [.processes], "io": [.blockWeight, .blockRate],
    ]
}
