package import Vocabulary

/// What one look at a container shows of its life: what `trice events` compares.
package struct ContainerSight: Sendable, Hashable, OfContainer {
    /// How far it is in its life.
    package enum Phase: Sendable, Hashable {
        case created, running, exited
    }

    /// The container, such as `web-1`.
    package var container: String
    /// The service that it is of.
    package var service: String
    /// The reference of its image.
    package var image: String
    /// Nanoseconds since 1970-01-01 00:00 UTC: which container of this name it is.
    package var createdAt: Int64
    /// How far it was at that moment.
    package var phase: Phase
    /// Its first process in the host's numbers; `nil` while it does not run.
    package var pid: Int32?
    /// The beginning of the last run, in nanoseconds since 1970-01-01 00:00 UTC.
    package var startedAt: UInt64?
    /// The end of the last run, in nanoseconds since 1970-01-01 00:00 UTC.
    package var endedAt: UInt64?
    /// Of the last run; `nil` while it runs and when no supervisor saw its end.
    package var exitCode: Int32?
    /// How often the supervisor has started it again.
    package var restarts: Int
    /// Whether its processes stand still.
    package var isPaused: Bool
    /// `nil` for a container without a check.
    package var health: HealthState?

    package init(
        container: String, service: String, image: String = "", createdAt: Int64, phase: Phase, pid: Int32? = nil,
        startedAt: UInt64? = nil, endedAt: UInt64? = nil, exitCode: Int32? = nil, restarts: Int = 0,
        isPaused: Bool = false, health: HealthState? = nil
    ) {
        self.container = container
        self.service = service
        self.image = image
        self.createdAt = createdAt
        self.phase = phase
        self.pid = pid
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.exitCode = exitCode
        self.restarts = restarts
        self.isPaused = isPaused
        self.health = health
    }

    private var isAlive: Bool { phase == .running }

    /// Whether both looks are at the same run of it.
    private func isSameRun(as other: ContainerSight) -> Bool {
        startedAt == other.startedAt || (pid != nil && pid == other.pid)
    }
}

// MARK: - What leads from one look to the next

extension ContainerSight {
    /// One step in the life of a container.
    package struct Step: Sendable, Hashable {
        /// `create`, `start`, `die`, `pause`, `unpause`, `health_status: healthy`, `health_status: unhealthy` or
        /// `destroy`.
        package var action: String
        /// Nanoseconds since 1970-01-01 00:00 UTC; `nil` where no one knows.
        package var time: UInt64?
        package var exitCode: Int32?

        package init(_ action: String, at time: UInt64? = nil, exitCode: Int32? = nil) {
            self.action = action
            self.time = time
            self.exitCode = exitCode
        }
    }

    /// The steps between two looks, those included that began and ended in between.
    package static func steps(from old: ContainerSight?, to new: ContainerSight?) -> [Step] {
        guard let new else {
            guard let old else { return [] }
            return (old.isAlive ? [Step("die")] : []) + [Step("destroy")]
        }
        if let old, old.createdAt != new.createdAt { return steps(from: old, to: nil) + steps(from: nil, to: new) }
        var steps = old == nil ? [Step("create", at: UInt64(clamping: new.createdAt))] : []
        if new.startedAt != nil, old.map({ !new.isSameRun(as: $0) }) ?? true {
            // Runs that began and ended unseen; a run that a user asked for counts from 0 again.
            let seen = old?.startedAt == nil ? -1 : old?.restarts ?? -1
            let missed = max(0, new.restarts - seen - 1)
            if old?.isAlive == true { steps.append(Step("die")) }
            steps += (0..<missed).flatMap { _ in [Step("start"), Step("die")] }
            steps.append(Step("start", at: new.startedAt))
            if new.phase == .exited { steps.append(Step("die", at: new.endedAt, exitCode: new.exitCode)) }
        } else if old?.isAlive == true, !new.isAlive {
            steps.append(Step("die", at: new.endedAt, exitCode: new.exitCode))
        }
        let wasPaused = old?.isPaused == true
        if new.isPaused, !wasPaused { steps.append(Step("pause")) }
        if wasPaused, !new.isPaused, new.isAlive, old.map(new.isSameRun) == true { steps.append(Step("unpause")) }
        return steps + healthSteps(from: old, to: new)
    }

    /// The health that a run has come to; that it has none yet is not told.
    private static func healthSteps(from old: ContainerSight?, to new: ContainerSight) -> [Step] {
        guard new.isAlive, let health = new.health, health != .starting else { return [] }
        let known = old.flatMap { new.isSameRun(as: $0) ? $0.health : nil }
        return known == health ? [] : [Step("health_status: \(health.rawValue)")]
    }
}
