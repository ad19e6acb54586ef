internal import Synchronization
internal import SystemPackage

/// Tells blocking work, on any thread, that its result is no longer needed.
///
/// A task sees its own cancellation, but the threads that it starts do not: they take `current` of the task and set it
/// with `withValue`.
package final class Cancellation: Sendable {
    @TaskLocal package static var current: Cancellation?

    private let flag = Atomic(false)
    private let outer = Cancellation.current

    private init() {}

    /// Whether the caller's work is cancelled.
    package static var isRequested: Bool { Task.isCancelled || current?.isSet == true }

    /// - Throws: ECANCELED when the work is cancelled.
    package static func check(_ subject: @autoclosure () -> String) throws(SystemError) {
        if isRequested { throw SystemError("wait", subject(), .canceled) }
    }

    private var isSet: Bool { flag.load(ordering: .relaxed) || outer?.isSet == true }

    /// Runs work that reads `isRequested` on several threads.
    package static func watching<Result>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await $current.withValue(cancellation) { try await body() }
        } onCancel: {
            cancellation.flag.store(true, ordering: .relaxed)
        }
    }
}
