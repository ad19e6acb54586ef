internal import LinuxSystem
package import Planning
package import Workspaces

package import struct Vocabulary.OperationID

/// Carries out a plan, or one phase of it: starts whatever is ready, several at a time, and tells what happens. It
/// decides nothing.
package struct PlanExecutor: Sendable {
    package let plan: Plan
    package let sink: any EventSink
    /// The operations that an earlier phase has done.
    package var done: Set<OperationID> = []
    /// How many operations that use the processor run at once. Operations that only wait do not count, but the others
    /// wait too: for the kernel's grace periods and locks, and for the runtime. On two processors four left a third idle.
    package var concurrency = 8

    package init(plan: Plan, sink: any EventSink) {
        self.plan = plan
        self.sink = sink
    }

    /// What a failed operation left to say.
    package struct Failure: Sendable {
        package var operation: PlannedOperation
        package var error: any Error
    }

    private enum Outcome: Sendable {
        case done(OperationID, since: ContinuousClock.Instant)
        case failed(OperationID, any Error)

        var id: OperationID {
            switch self {
            case .done(let id, _), .failed(let id, _): id
            }
        }
    }

    /// Runs every operation whose predecessors allow it.
    ///
    /// - Parameter isIncluded: whether an operation belongs to the phase that is run now; the others are left for later,
    ///   and none of the included ones waits for them.
    /// - Throws: `EngineError.planFailed` with all failures, after everything that does not depend on them is done.
    package func run(
        where isIncluded: (PlannedOperation) -> Bool = { _ in true },
        _ perform: @escaping @Sendable (PlannedOperation, Reporter) async throws -> Void
    ) async throws {
        var waiting = plan.operations.filter { !done.contains($0.id) && isIncluded($0) }
        var ended = done
        var succeeded = done
        var running: Set<OperationID> = []
        var failures: [Failure] = []
        let total = plan.operations.count
        let waits = Set(plan.operations.filter(\.operation.onlyWaits).map(\.id))

        await withTaskGroup(of: Outcome.self) { group in
            func startReady() {
                var left: [PlannedOperation] = []
                for planned in waiting {
                    let known = planned.dependsOn.allSatisfy(ended.contains)
                    if known && !planned.dependsOn.allSatisfy(succeeded.contains) {
                        // Left out: what it builds on is not there.
                        ended.insert(planned.id)
                        continue
                    }
                    let isBusy = running.subtracting(waits).count >= concurrency && !waits.contains(planned.id)
                    guard known, planned.follows.allSatisfy(ended.contains), !isBusy else {
                        left.append(planned)
                        continue
                    }
                    running.insert(planned.id)
                    let reporter = Reporter(planned: planned, sink: sink, completed: succeeded.count, total: total)
                    group.addTask(executorPreference: BlockingExecutor(label: "trice.operation")) {
                        await Self.outcome(of: planned, reporter, perform)
                    }
                }
                let leftOut = waiting.count - left.count
                waiting = left
                // An operation that was left out may release others that only follow it.
                if leftOut > 0 && !waiting.isEmpty && running.isEmpty { startReady() }
            }
            startReady()
            while let outcome = await group.next() {
                running.remove(outcome.id)
                ended.insert(outcome.id)
                let planned = plan.operations[outcome.id.number - 1]
                switch outcome {
                case .done(_, let began):
                    succeeded.insert(outcome.id)
                    Reporter(
                        planned: planned, sink: sink, completed: succeeded.count, total: total, began: began
                    ).send(.finished)
                case .failed(_, let error):
                    failures.append(Failure(operation: planned, error: error))
                }
                startReady()
            }
        }
        if !failures.isEmpty { throw Self.error(of: failures) }
    }

    private static func outcome(
        of planned: PlannedOperation, _ reporter: Reporter,
        _ perform: @Sendable (PlannedOperation, Reporter) async throws -> Void
    ) async -> Outcome {
        do {
            reporter.send(.started)
            try await perform(planned, reporter)
            return .done(planned.id, since: reporter.began)
        } catch {
            reporter.send(.failed(ErrorReport(of: error).message))
            return .failed(planned.id, error)
        }
    }

    /// Several failures of one plan in one error, in the order of the plan.
    static func error(of failures: [Failure]) -> EngineError {
        let sorted = failures.sorted { $0.operation.id < $1.operation.id }
        let lines = sorted.map { failure in
            let explanation = ErrorReport(of: failure.error)
            return "\(failure.operation.resource): \(explanation.message)"
        }
        return EngineError(.planFailed, lines.joined(separator: "\n"), causes: sorted.map(\.error))
    }
}

extension Operation {
    /// Whether it takes no processor time of ours worth counting.
    fileprivate var onlyWaits: Bool {
        switch self {
        case .waitForContainer, .keepSeed, .runStep, .provision, .stopContainer, .startSupervisor, .publishPorts: true
        default: false
        }
    }
}

extension Operation {
    /// Whose row it is part of.
    fileprivate var subject: Event.Subject {
        // A step of `pre_start` or `provision` has a row of its own: it may take long, and has a name.
        if case .runStep = self { return .resource }
        if case .keepSeed = self { return .environment }
        return switch resource {
        case .container(let id): .service("\(id.service)")
        case .supervisor, .firewall, .names, .ports, .jobs: .environment
        case .image, .network, .volume, .step: .resource
        }
    }
}

extension Reporter {
    package init(
        planned: PlannedOperation, sink: any EventSink, completed: Int, total: Int,
        began: ContinuousClock.Instant = .now
    ) {
        self.init(
            operation: planned.id, resource: "\(planned.resource)", action: planned.operation.verb, sink: sink,
            completed: completed, total: total, began: began)
        subject = planned.operation.subject
        predecessors = planned.dependsOn + planned.follows
    }
}
