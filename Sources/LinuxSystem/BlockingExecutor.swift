internal import Dispatch

/// A thread for work that blocks, so that it never holds a thread of the cooperative pool.
///
/// Use: `group.addTask(executorPreference: BlockingExecutor(label: "…")) { … }`, one for each piece of work: Dispatch
/// gives a serial queue a thread whatever the others do, while a concurrent one gets no more threads than processors.
public final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    public init(label: String) {
        queue = DispatchQueue(label: label)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
