internal import Dispatch

/// Threads for work that blocks, so that it never holds a thread of the cooperative pool.
///
/// Use: `withTaskExecutorPreference(executor) { … }`; the queue grows with the work that waits in it.
public final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    public init(label: String) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
