import Execution
import Planning
import Synchronization
import Testing
import Vocabulary
import Workspaces

/// Keeps what it is told, one line for each event.
private final class LineSink: EventSink {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func receive(_ event: Event) {
        let phase =
            switch event.phase {
            case .started: "started"
            case .finished: "finished \(event.completed)/\(event.total)"
            case .failed(let message): "failed: \(message)"
            case .progress, .output, .part, .reached, .address: "progress"
            }
        kept.withLock { $0.append("\(event.operation.number) \(event.action) \(event.resource) \(phase)") }
    }

    func note(_ text: String, isWarning: Bool) {}
    func finish() {}
}

@Suite(.timeLimit(.minutes(1))) struct PlanExecutorTests {
    private func operation(
        _ id: Int, _ name: VolumeName, after dependsOn: [Int] = [], following follows: [Int] = []
    ) -> PlannedOperation {
        PlannedOperation(
            id: OperationID(.plan, id), operation: .removeVolume(name: name), cause: "",
            dependsOn: dependsOn.map { OperationID(.plan, $0) }, follows: follows.map { OperationID(.plan, $0) })
    }

    @Test func anOperationWaitsForWhatItDependsOn() async throws {
        let sink = LineSink()
        let plan = Plan(operations: [operation(1, "a"), operation(2, "b", after: [1]), operation(3, "c", after: [2])])
        try await PlanExecutor(plan: plan, sink: sink).run { _, _ in }
        #expect(
            sink.lines == [
                "1 remove volume a started", "1 remove volume a finished 1/3", "2 remove volume b started",
                "2 remove volume b finished 2/3", "3 remove volume c started", "3 remove volume c finished 3/3",
            ])
    }

    @Test func whatBuildsOnAFailureIsLeftOutAndTheRestIsDone() async throws {
        let sink = LineSink()
        let plan = Plan(operations: [
            operation(1, "a"), operation(2, "b", after: [1]), operation(3, "c", following: [2]), operation(4, "d"),
        ])
        let done = Mutex<Set<Int>>([])
        let error = await #expect(throws: EngineError.self) {
            try await PlanExecutor(plan: plan, sink: sink).run { planned, _ in
                if planned.id.number == 1 { throw EngineError(.image, "It is gone.") }
                done.withLock { _ = $0.insert(planned.id.number) }
            }
        }
        #expect(done.withLock { $0 } == [3, 4])
        #expect(try #require(error).code == .planFailed)
        #expect(try #require(error).message == "volume a: It is gone.")
        #expect(!sink.lines.contains { $0.hasPrefix("2 ") })
        #expect(sink.lines.contains("1 remove volume a failed: It is gone."))
    }

    @Test func failuresAreToldInTheOrderOfThePlan() async throws {
        let plan = Plan(operations: [operation(1, "a"), operation(2, "b"), operation(3, "c")])
        let error = await #expect(throws: EngineError.self) {
            try await PlanExecutor(plan: plan, sink: LineSink()).run { planned, _ in
                throw EngineError(.image, "failure \(planned.id.number)")
            }
        }
        #expect(try #require(error).message == "volume a: failure 1\nvolume b: failure 2\nvolume c: failure 3")
        #expect(try #require(error).causes.count == 3)
    }

    @Test func noMoreThanSoManyRunAtOnce() async throws {
        var executor = PlanExecutor(
            plan: Plan(operations: (1...12).map { operation($0, VolumeName(unchecked: "v\($0)")) }), sink: LineSink())
        executor.concurrency = 3
        let counts = Mutex((now: 0, most: 0))
        try await executor.run { _, _ in
            counts.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            try await Task.sleep(for: .milliseconds(2))
            counts.withLock { $0.now -= 1 }
        }
        #expect(counts.withLock { $0.most } == 3)
    }
}
