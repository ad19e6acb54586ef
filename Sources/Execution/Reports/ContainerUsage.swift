internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `trice stats` shows: what one container uses of the host.
package struct ContainerUsage: Sendable, Encodable {
    package var container: String
    package var service: String
    /// Of one processor, in percent, over the time of the measurement; more than 100 with several processors.
    package var processorPercent: Double?
    /// Bytes.
    package var memory: UInt64?
    /// Bytes; the memory of the host where there is no limit.
    package var memoryLimit: UInt64?
    /// Bytes that came in and went out through the container's interfaces.
    package var received: UInt64?
    /// Bytes that went out.
    package var sent: UInt64?
    /// Bytes read from and written to disks.
    package var read: UInt64?
    /// Bytes written to disks.
    package var written: UInt64?
    /// The number of processes and threads.
    package var processes: UInt64?
}

/// Measures containers again and again.
package struct UsageMeter: Sendable {
    private struct Sample {
        var time: ContinuousClock.Instant
        /// Nanoseconds.
        var used: UInt64
    }

    private let control: EnvironmentControl
    private let services: [String]
    private let sink: any EventSink
    /// The environment, where names alone tell it.
    private let plain: EnvironmentID?
    private let identity = Once<EnvironmentTarget>()
    private var last: [Int32: Sample] = [:]

    package init(_ control: EnvironmentControl, services: [String], sink: any EventSink) {
        self.control = control
        self.services = services
        self.sink = sink
        // What names do not tell, the Envfile does.
        plain = (try? control.context.environmentOfDirectory()) ?? nil
    }

    /// One row for each container that runs, with its share of the processor since the measurement before; since the
    /// beginning of this one, where it was not measured before.
    ///
    /// - Parameter includesStopped: whether the others have a row too.
    package mutating func measure(includesStopped: Bool) throws -> [ContainerUsage] {
        let containers = try containers(includesStopped: includesStopped)
        let groups = containers.map { $0.pid.map(ControlGroups.init(of:)) }
        let before = last
        for (container, groups) in zip(containers, groups) {
            if let pid = container.pid, let groups, last[pid] == nil { last[pid] = Self.sample(groups) }
        }
        let since = last
        var rows = zip(containers, groups).map { Self.usage(of: $0, $1) }
        // The shares of the first measurement are those of its own time, which is short with few containers.
        if before.isEmpty, let first = since.values.map(\.time).min() {
            let left = Self.shortest - (ContinuousClock.now - first)
            if left > .zero { usleep(UInt32(left / .microseconds(1))) }
        }
        last = [:]
        for index in rows.indices {
            guard let pid = containers[index].pid, let groups = groups[index], let first = since[pid],
                let sample = Self.sample(groups)
            else { continue }
            let elapsed = (sample.time - first.time) / .nanoseconds(1)
            rows[index].processorPercent = elapsed > 0 ? Double(sample.used &- first.used) / elapsed * 100 : 0
            last[pid] = sample
        }
        return rows
    }

    private func containers(includesStopped: Bool) throws -> [EnvironmentControl.Member] {
        if !includesStopped, let plain, let running = control.runningContainers(of: services, plain) { return running }
        let identity = try identity.value { try control.context.identity(sink: sink) }
        return try control.containers(of: services, identity).filter { includesStopped || $0.pid != nil }
    }

    /// All but the share of the processor.
    private static func usage(
        of container: EnvironmentControl.Member, _ groups: ControlGroups?
    ) -> ContainerUsage {
        var result = ContainerUsage(container: container.container, service: container.service)
        guard let pid = container.pid, let groups else { return result }
        let usage = CgroupUsage(of: groups)
        result.memory = usage.memory
        result.memoryLimit = usage.memoryLimit ?? hostMemory
        (result.received, result.sent) = traffic(of: pid)
        (result.read, result.written) = (usage.read, usage.written)
        result.processes = usage.processes
        return result
    }

    /// Over less than this no share of a processor is measured.
    private static let shortest = Duration.milliseconds(10)

    private static func sample(_ groups: ControlGroups) -> Sample? {
        CgroupUsage.processorTime(of: groups).map { Sample(time: .now, used: $0) }
    }

    private static let hostMemory = UInt64(exactly: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

    /// The interfaces of a process's network namespace but the loopback; proc_pid_net(5).
    private static func traffic(of process: Int32) -> (received: UInt64?, sent: UInt64?) {
        guard let text = (try? Files.text(FilePath("/proc/\(process)/net/dev"))) ?? nil else { return (nil, nil) }
        var (received, sent): (UInt64, UInt64) = (0, 0)
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).dropFirst(2) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, !parts[0].drop(while: { $0 == UInt8(ascii: " ") }).elementsEqual("lo".utf8)
            else { continue }
            let numbers = parts[1].split(separator: UInt8(ascii: " ")).compactMap { UInt64(Substring($0)) }
            guard numbers.count > 8 else { continue }
            received += numbers[0]
            sent += numbers[8]
        }
        return (received, sent)
    }
}
