internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ends work in order on Ctrl-C, SIGTERM or the loss of the terminal.
///
/// Work that does not end after a while is abandoned; more signals change nothing.
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
    /// A signal that the parent process has disabled, as nohup(1) does, stays disabled.
    ///
    /// - Returns: The signal sources, for `end`.
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

    /// Restores the default handling of signals.
    ///
    /// - Returns: The first signal.
    func end(_ sources: [any DispatchSourceSignal]) -> Int32? {
        let first = self.first.withLock { $0 }
        for source in sources {
            source.cancel()
            // Between the two there is no state that a signal could leave behind.
            if first == nil { signal(Int32(source.handle), SIG_DFL) }
        }
        return first
    }
}

/// A signal ended the work.
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
