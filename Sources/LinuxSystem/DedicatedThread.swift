internal import Glibc
internal import SystemPackage

/// A new thread for one piece of work that changes the thread itself (`setns`, `unshare`).
package enum DedicatedThread {
    private final class Work {
        var body: (() -> Void)?

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a new thread, waits for it and ends the thread; pthread_create(3).
    package static func run<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        var outcome: Result?
        var failure: SystemError?
        var creation: Int32 = 0
        withoutActuallyEscaping(body) { body in
            let work = Work {
                do throws(SystemError) {
                    outcome = try body()
                } catch {
                    failure = error
                }
            }
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(work)
            creation = pthread_create(
                &thread, nil,
                { raw in
                    guard let raw else { return nil }
                    let work = Unmanaged<Work>.fromOpaque(raw).takeRetainedValue()
                    work.body?()
                    work.body = nil
                    return nil
                }, argument.toOpaque())
            if creation == 0 {
                pthread_join(thread, nil)
            } else {
                argument.release()
            }
        }
        if let failure { throw failure }
        if let result = outcome.take() { return result }
        throw SystemError("pthread_create", "", Errno(rawValue: creation))
    }
}
