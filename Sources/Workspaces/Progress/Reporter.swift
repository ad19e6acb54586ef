package import struct Vocabulary.OperationID

/// Tells the sink how one operation goes.
package struct Reporter: Sendable {
    /// By which the sink knows the operation again.
    package let operation: OperationID
    package let resource: String
    package let action: String
    package let step: Event.Step?
    package let sink: any EventSink
    package let completed: Int
    package let total: Int
    package let began: ContinuousClock.Instant
    /// Whose row the operation is part of.
    package var subject = Event.Subject.resource
    /// The operations that must have ended before it begins.
    package var predecessors: [OperationID] = []

    package init(
        operation: OperationID, resource: String, action: String, step: Event.Step? = nil, sink: any EventSink,
        completed: Int = 0, total: Int = 1,
        began: ContinuousClock.Instant = .now
    ) {
        self.operation = operation
        self.resource = resource
        self.action = action
        self.step = step
        self.sink = sink
        self.completed = completed
        self.total = total
        self.began = began
    }

    /// Sends an event about the resource of this reporter.
    package func send(_ phase: Event.Phase) {
        send(phase, completed: completed)
    }

    private func send(_ phase: Event.Phase, completed: Int) {
        sink.receive(
            Event(
                operation: operation, resource: resource, action: action, subject: subject, step: step, phase: phase,
                elapsed: .now - began, completed: completed, total: total, predecessors: predecessors))
    }

    /// Runs an operation that is no part of a plan and tells its beginning and its end.
    package func report<Result>(_ body: () async throws -> Result) async throws -> Result {
        send(.started)
        do {
            let result = try await body()
            send(.finished, completed: completed + 1)
            return result
        } catch {
            send(.failed(ErrorReport(of: error).message))
            throw error
        }
    }
}
