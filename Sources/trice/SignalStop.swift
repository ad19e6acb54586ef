internal import Dispatch
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// Ends work in order on Ctrl-C, SIGTERM or the loss of the terminal.
///
/// Work that does not end after a while is abandoned; more signals change nothing.
final class SignalStop: Sendable {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Seconds.
    private let timeout: Int
    private let first = Mutex<Int32?>(nil)
    /// Whether the work has ended, so that it is not abandoned.
    private let hasEnded = Atomic(false)
    /// What to tell the user of what is left; one sentence or more.
    private let remark: @Sendable () -> String?

    /// - Parameter remark: asked when the work has been stopped, or is abandoned.
    init(timeout: Int, remark: @escaping @Sendable () -> String? = { nil }) {
        self.timeout = timeout
        self.remark = remark
    }

    /// Calls `stop` at the first signal.
    ///
    /// - Returns: The phase, for `end`.
    func begin(_ stop: @escaping @Sendable () -> Void) throws(SystemError) -> SignalPhase {
        try SignalPhase(Self.signals) { [self] number in
            first.withLock { $0 = $0 ?? number }
            stop()
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(timeout)) { [self] in
                guard !hasEnded.load(ordering: .acquiring) else { return }
                let interrupted = interrupted(by: number)
                if interrupted.remark != nil { Output.error("trice: \(interrupted)") }
                interrupted.die()
            }
        }
    }

    /// The error of work that a signal has stopped.
    func interrupted(by signal: Int32) -> Interrupted { Interrupted(signal: signal, remark: remark()) }

    /// Restores the default handling of signals; after one they change nothing until the next phase.
    ///
    /// - Returns: The first signal.
    func end(_ phase: SignalPhase) -> Int32? {
        hasEnded.store(true, ordering: .releasing)
        let first = first.withLock { $0 }
        phase.end(restoresDefaults: first == nil)
        return first
    }
}

/// A signal ended the work.
struct Interrupted: Error, CustomStringConvertible {
    var signal: Int32
    /// What is left, and what to do with it.
    var remark: String?

    var description: String { "Stopped before the end. \(remark ?? "What was done until then is kept.")" }

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
