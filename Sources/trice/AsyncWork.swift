internal import Dispatch
internal import Synchronization

/// Runs asynchronous work from the main thread, which waits.
///
/// An asynchronous `main` would end its thread by `pthread_exit`, whose unwinder sorts all frame tables of a static
/// program first: 45 ms.
enum AsyncWork {
    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
    }

    /// - Parameter stopping: How signals end the work in good order; `nil` leaves them to the kernel, which ends the
    ///   program.
    static func run<Value: Sendable>(
        stopping: SignalStop? = nil, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        let task = Task {
            let result: Result<Value, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            outcome.result.withLock { $0 = result }
            outcome.isDone.signal()
        }
        let phase = try stopping?.begin { task.cancel() }
        outcome.isDone.wait()
        if let phase, let stopping, let signal = stopping.end(phase) { throw stopping.interrupted(by: signal) }
        guard let result = outcome.result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}
