internal import Dispatch

/// A thread for blocking work, so that the work never blocks a thread of the cooperative pool.
///
/// Use `group.addTask(executorPreference: BlockingExecutor(label: "…")) { … }` with one executor for each piece of
/// work: Dispatch gives each serial queue its own thread, while a concurrent queue gets at most one thread for each
/// processor.
package final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
