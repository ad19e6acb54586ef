import Execution
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(1))) struct ContainerSightTests {
    private func sight(
        _ phase: ContainerSight.Phase, run: UInt64? = nil, restarts: Int = 0, created: Int64 = 1, code: Int32? = nil,
        isPaused: Bool = false, health: HealthState? = nil
    ) -> ContainerSight {
        ContainerSight(
            container: "web-1", service: "web", createdAt: created, phase: phase,
            pid: phase == .running ? run.map { Int32($0) } : nil, startedAt: run,
            endedAt: phase == .exited ? run.map { $0 + 1 } : nil, exitCode: code, restarts: restarts,
            isPaused: isPaused, health: health)
    }

    private func actions(_ old: ContainerSight?, _ new: ContainerSight?) -> [String] {
        ContainerSight.steps(from: old, to: new).map { step in
            step.action + (step.exitCode.map { " \($0)" } ?? "")
        }
    }

    @Test func alongALife() {
        let created = sight(.created)
        let running = sight(.running, run: 10)
        #expect(actions(nil, created) == ["create"])
        #expect(actions(created, created) == [])
        #expect(actions(created, running) == ["start"])
        #expect(actions(running, running) == [])
        #expect(actions(running, sight(.exited, run: 10, code: 3)) == ["die 3"])
        #expect(actions(sight(.exited, run: 10, code: 3), sight(.running, run: 20)) == ["start"])
        #expect(actions(running, nil) == ["die", "destroy"])
        #expect(actions(created, nil) == ["destroy"])
    }

    /// A job may be over before it is looked at once.
    @Test func whatBeganAndEndedBetweenTwoLooks() {
        let done = sight(.exited, run: 10, code: 0)
        #expect(actions(nil, done) == ["create", "start", "die 0"])
        #expect(actions(sight(.created), done) == ["start", "die 0"])
        #expect(actions(done, sight(.exited, run: 30, code: 1)) == ["start", "die 1"])
        #expect(
            actions(sight(.running, run: 5), sight(.running, run: 10, created: 2)) == [
                "die", "destroy", "create", "start",
            ])
    }

    @Test func everyRestartOfACrashLoopIsTold() {
        let first = sight(.running, run: 10)
        #expect(actions(first, sight(.running, run: 20, restarts: 1)) == ["die", "start"])
        #expect(
            actions(first, sight(.running, run: 40, restarts: 3)) == [
                "die", "start", "die", "start", "die", "start",
            ])
        #expect(
            actions(nil, sight(.exited, run: 40, restarts: 2, code: 1)) == [
                "create", "start", "die", "start", "die", "start", "die 1",
            ])
        #expect(actions(sight(.created), sight(.running, run: 20, restarts: 1)) == ["start", "die", "start"])
        // A start by the user begins to count anew.
        #expect(actions(sight(.exited, run: 40, restarts: 7), sight(.running, run: 50)) == ["start"])
    }

    @Test func pausing() {
        let running = sight(.running, run: 10)
        let paused = sight(.running, run: 10, isPaused: true)
        #expect(actions(running, paused) == ["pause"])
        #expect(actions(paused, running) == ["unpause"])
        #expect(actions(paused, sight(.exited, run: 10, code: 137)) == ["die 137"])
        #expect(actions(paused, sight(.running, run: 20)) == ["die", "start"])
    }

    @Test func health() {
        let starting = sight(.running, run: 10, health: .starting)
        let healthy = sight(.running, run: 10, health: .healthy)
        let unhealthy = sight(.running, run: 10, health: .unhealthy)
        #expect(actions(sight(.created), starting) == ["start"])
        #expect(actions(starting, healthy) == ["health_status: healthy"])
        #expect(actions(healthy, healthy) == [])
        #expect(actions(healthy, unhealthy) == ["health_status: unhealthy"])
        #expect(actions(unhealthy, sight(.exited, run: 10, code: 1, health: .unhealthy)) == ["die 1"])
        #expect(
            actions(healthy, sight(.running, run: 20, health: .healthy)) == ["die", "start", "health_status: healthy"])
    }

    /// The supervisor that takes over may not know when a run began.
    @Test func aRunIsTheSameForAnotherSupervisor() {
        let running = sight(.running, run: 10)
        var taken = running
        taken.startedAt = 11
        #expect(actions(running, taken) == [])
    }
}
