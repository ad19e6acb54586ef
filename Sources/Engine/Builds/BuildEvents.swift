internal import Builder
internal import Dockerfile
internal import Synchronization

/// Turns what happens in a build into the one stream of events.
final class BuildEvents: Sendable {
    private struct State {
        var reporters: [String: Reporter] = [:]
        var next: Int
        var total = 0
        var completed = 0
    }

    private let sink: any EventSink
    /// Whether steps are told that were in the cache.
    private let showsCached: Bool
    private let state: Mutex<State>

    /// Numbers beyond those of any plan, so that both can be shown at once.
    private static let firstNumber = 1_000_000

    init(_ sink: any EventSink, showsCached: Bool) {
        self.sink = sink
        self.showsCached = showsCached
        state = Mutex(State(next: Self.firstNumber))
    }

    func receive(_ event: BuildEvent) {
        switch event {
        case .planned(let graph): state.withLock { $0.total = graph.nodes.reduce(0) { $0 + $1.steps.count } }
        // Whoever brings an image tells of it, when there is anything to bring.
        case .baseStarted, .baseFinished: break
        case .waiting(let step): begin("\(step)", "build").send(.progress("another build is at it"))
        case .cached(let step):
            guard showsCached else { return }
            begin("\(step)", "cached").send(.started)
            end("\(step)", .finished)
        case .started(let step, let reason):
            let reporter = begin("\(step)", "build (\(reason))")
            reporter.send(.started)
        case .output(let step, let line): begin("\(step)", "build").send(.progress(line.text))
        case .finished(let step, _): end("\(step)", .finished)
        case .failed(let step, let message): end("\(step)", .failed(message))
        case .warning(let build, let warning): sink.note("\(build): \(warning)", isWarning: true)
        case .built: break
        }
    }

    private func begin(_ resource: String, _ action: String) -> Reporter {
        state.withLock { state in
            if let known = state.reporters[resource] { return known }
            state.next += 1
            let reporter = Reporter(
                operation: state.next, resource: resource, action: action, sink: sink, completed: state.completed,
                total: state.total)
            state.reporters[resource] = reporter
            return reporter
        }
    }

    private func end(_ resource: String, _ phase: Event.Phase) {
        let reporter = begin(resource, "build")
        state.withLock { state in
            state.reporters[resource] = nil
            state.completed += 1
        }
        reporter.send(phase)
    }
}
