internal import Synchronization
internal import SystemPackage

/// Lets work that blocks know, on whatever thread it is, that nobody wants it any more.
///
/// A task sees its own cancellation, but threads that it lets work do not: they take `current` of the task along and
/// set it with `withValue`.
public final class Cancellation: Sendable {
    @TaskLocal public static var current: Cancellation?

    private let flag = Atomic(false)
    private let outer = Cancellation.current

    private init() {}

    /// Whether the work that the caller does is not wanted any more.
    public static var isRequested: Bool { Task.isCancelled || current?.isSet == true }

    /// - Throws: ECANCELED when the work is not wanted any more.
    public static func check(_ subject: @autoclosure () -> String) throws(SystemError) {
        if isRequested { throw SystemError("wait", subject(), .canceled) }
    }

    private var isSet: Bool { flag.load(ordering: .relaxed) || outer?.isSet == true }

    /// Does work that asks for `isRequested` on several threads.
    public static func watching<Result>(
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
