internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ends work in good order when the user or the system wants it to end: Ctrl-C, SIGTERM, a terminal that goes.
///
/// Work that has not come to an end by itself after a while is left as it is; more signals change nothing.
final class SignalStop: Sendable {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Seconds.
    private let timeout: Int
    private let first = Mutex<Int32?>(nil)

    init(timeout: Int) {
        self.timeout = timeout
    }

    /// Calls `stop` at the first signal.
    ///
    /// What whoever started us has switched off, as nohup(1) does, stays so.
    ///
    /// - Returns: What listens, for `end`.
    func begin(_ stop: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        var sources: [any DispatchSourceSignal] = []
        for number in Self.signals {
            var action = sigaction()
            sigaction(number, nil, &action)
            let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
            if isIgnored { continue }
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                let isFirst = first.withLock { first in
                    defer { first = first ?? number }
                    return first == nil
                }
                guard isFirst else { return }
                stop()
                DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(timeout)) {
                    Interrupted(signal: number).die()
                }
            }
            sources.append(source)
            source.resume()
        }
        return sources
    }

    /// Leaves signals to the kernel again.
    ///
    /// - Returns: The first that came.
    func end(_ sources: [any DispatchSourceSignal]) -> Int32? {
        let first = self.first.withLock { $0 }
        for source in sources {
            source.cancel()
            // Between the two nothing of ours runs that would have to be undone.
            if first == nil { signal(Int32(source.handle), SIG_DFL) }
        }
        return first
    }
}

/// The user, or the system, wanted the work to end.
struct Interrupted: Error, CustomStringConvertible {
    var signal: Int32

    var description: String { "Stopped before the end. What was done until then is kept." }

    /// Ends the program as the signal would have: a shell that runs a script sees that, and stops as well.
    func die() -> Never {
        Glibc.signal(signal, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, signal)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), signal)
        // The first process of a container is not ended by its own signals.
        exit(128 + signal)
    }
}
