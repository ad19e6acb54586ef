import Synchronization
import Testing
import Vocabulary
import Workspaces

/// Keeps what it is told.
final class RecordingSink: EventSink {
    private let kept = Mutex<[Event]>([])

    var events: [Event] { kept.withLock { $0 } }

    func receive(_ event: Event) { kept.withLock { $0.append(event) } }
    func note(_ text: String, isWarning: Bool) {}
    func finish() {}
}

extension Event.Phase {
    /// The case and its text.
    var text: String {
        switch self {
        case .started: "started"
        case .progress(let line): "progress \(line)"
        case .output(let line, let program): "output \(program) \(line)"
        case .part(let part): "part \(part.name)"
        case .reached(let stage): "reached \(stage)"
        case .address(let url): "address \(url)"
        case .finished: "finished"
        case .failed(let message): "failed \(message)"
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ProgressTests {
    @Test func anOperationBeginsAndEnds() async throws {
        let sink = RecordingSink()
        let reporter = Reporter(
            operation: OperationID(.push, 7), resource: "image a", action: "push", sink: sink, completed: 2, total: 3)
        let result = try await reporter.report {
            reporter.send(.progress("half"))
            return 5
        }
        #expect(result == 5)
        #expect(sink.events.map(\.phase.text) == ["started", "progress half", "finished"])
        #expect(sink.events.map(\.completed) == [2, 2, 3])
        #expect(Set(sink.events.map(\.operation)) == [OperationID(.push, 7)])
    }

    @Test func aFailureIsToldAndThrown() async throws {
        let sink = RecordingSink()
        let reporter = Reporter(
            operation: OperationID(.push, 1), resource: "image a", action: "push", sink: sink)
        await #expect(throws: EngineError.self) {
            try await reporter.report { throw EngineError(.image, "It is gone.") }
        }
        #expect(sink.events.map(\.phase.text) == ["started", "failed It is gone."])
    }

    @Test func aValueIsMadeOnceAndAFailureIsNotKept() throws {
        let once = Once<Int>()
        #expect(throws: EngineError.self) { try once.value { throw EngineError(.image, "no") } }
        #expect(try once.value { 1 } == 1)
        #expect(try once.value { 2 } == 1)
    }
}
