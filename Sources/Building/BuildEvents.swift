internal import Builder
internal import Dockerfile
internal import Synchronization
internal import Workspaces

internal import struct Vocabulary.OperationID

/// Turns what happens in a build into the one stream of events.
final class BuildEvents: Sendable {
    private struct State {
        var reporters: [String: Reporter] = [:]
        var next = 0
        var total = 0
        var completed = 0
        var failedBuild: String?
    }

    private let sink: any EventSink
    /// Whether steps are told that were in the cache.
    private let showsCached: Bool
    private let showsDoubts: Bool
    private let state: Mutex<State>

    init(_ sink: any EventSink, showsCached: Bool, showsDoubts: Bool = true) {
        self.sink = sink
        self.showsCached = showsCached
        self.showsDoubts = showsDoubts
        state = Mutex(State())
    }

    /// The build of the first step that failed.
    var failedBuild: String? { state.withLock { $0.failedBuild } }

    func receive(_ event: BuildEvent) {
        switch event {
        case .planned(let graph): state.withLock { $0.total = graph.nodes.reduce(0) { $0 + $1.layerCount } }
        // The operation that brings an image reports it, when there is anything to bring.
        case .baseStarted, .baseFinished: break
        case .waiting(let step): begin(step).send(.progress("waits for another build that does the same"))
        case .cached(let step): end(step, .finished, isCached: true)
        case .started(let step, let reason): begin(step, because: "\(reason)").send(.started)
        case .output(let step, let line): begin(step).send(.progress(line.text))
        case .finished(let step, _): end(step, .finished)
        case .failed(let step, let message):
            state.withLock { $0.failedBuild = $0.failedBuild ?? step.build }
            end(step, .failed(message))
        case .warning(_, .dockerfile) where !showsDoubts: break
        case .warning(let build, let warning):
            let text = "\(warning)"
            // A warning of the Dockerfile's reader begins with its place.
            sink.note(warning.namesPlace ? text : "\(build): \(text)", isWarning: true)
        case .built: break
        }
    }

    private func begin(_ step: StepReference, because reason: String? = nil) -> Reporter {
        state.withLock { state in
            let resource = step.title
            if let known = state.reporters[resource], known.step?.reason == reason || reason == nil { return known }
            state.next += 1
            let reporter = made(
                state.reporters[resource]?.operation ?? OperationID(.build, state.next), step, reason, isCached: false,
                state)
            state.reporters[resource] = reporter
            return reporter
        }
    }

    private func end(_ step: StepReference, _ phase: Event.Phase, isCached: Bool = false) {
        let reporter = state.withLock { state in
            let known = state.reporters.removeValue(forKey: step.title)
            state.completed += 1
            state.next += 1
            return made(
                known?.operation ?? OperationID(.build, state.next), step, known?.step?.reason, isCached: isCached,
                state,
                since: known?.began ?? .now)
        }
        if !isCached || showsCached { reporter.send(phase) }
    }

    private func made(
        _ operation: OperationID, _ step: StepReference, _ reason: String?, isCached: Bool, _ state: State,
        since began: ContinuousClock.Instant = .now
    ) -> Reporter {
        Reporter(
            operation: operation, resource: step.title, action: isCached ? "cached" : "build",
            step: Event.Step(instruction: step.text, reason: reason, isCached: isCached), sink: sink,
            completed: state.completed, total: max(state.total, state.completed), began: began)
    }
}

extension BuildWarning {
    fileprivate var namesPlace: Bool {
        if case .dockerfile = self { true } else { false }
    }
}
