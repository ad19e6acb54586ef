internal import Dispatch
internal import Synchronization

/// A piece of work on a thread of its own.
///
/// What the work uses changes hands when it starts and what it found when it is joined, so no two threads share it.
final class Stage<Output: Sendable>: Sendable {
    /// The work, shared by the thread that starts it and the thread that runs it.
    private struct Work {
        var body: () throws(ImageError) -> Output
    }

    private let work: Mutex<Work?>
    private let outcome = Mutex<Result<Output, ImageError>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    /// Starts `body`. The caller must join the stage.
    init(_ label: String, _ body: sending @escaping () throws(ImageError) -> Output) {
        work = Mutex(Work(body: body))
        // Dispatch gives every serial queue a thread, however many others are blocked.
        DispatchQueue(label: label).async { [self] in
            run()
        }
    }

    private func run() {
        let body = work.withLock { $0.take() }
        if let body {
            let found: Result<Output, ImageError>
            do throws(ImageError) {
                found = .success(try body.body())
            } catch {
                found = .failure(error)
            }
            outcome.withLock { $0 = found }
        }
        ended.signal()
    }

    /// Waits for the end of the work.
    func join() -> Result<Output, ImageError> {
        ended.wait()
        let found = outcome.withLock { $0 }
        // The end is only signalled when there is an outcome.
        return found ?? .failure(ImageError(.systemCall, "A thread ended without a result."))
    }
}
