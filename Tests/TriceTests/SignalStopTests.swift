import Glibc
import Testing

@testable import trice

@Suite(.timeLimit(.minutes(1))) struct SignalStopTests {
    /// A command may have several phases of work, each of which a signal ends in order.
    @Test func aSignalStopsEveryPhase() async {
        await #expect(processExitsWith: .exitCode(7)) {
            takeSignals()
            for number in [SIGTERM, SIGINT, SIGTERM, SIGHUP] {
                do {
                    try AsyncWork.run(stopping: SignalStop(timeout: 20)) {
                        // The handlers are set while the work runs already.
                        try await Task.sleep(for: .milliseconds(200))
                        kill(getpid(), number)
                        try await Task.sleep(for: .seconds(10))
                    }
                    exit(1)
                } catch let stopped as Interrupted {
                    if stopped.signal != number { exit(2) }
                } catch {
                    exit(3)
                }
            }
            // A phase without a signal leaves the default actions.
            guard (try? AsyncWork.run(stopping: SignalStop(timeout: 20)) { 7 }) == 7 else { exit(4) }
            var action = sigaction()
            sigaction(SIGTERM, nil, &action)
            exit(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0 ? 7 : 5)
        }
    }

    /// As nohup(1) does.
    @Test func aSignalThatIsIgnoredStaysIgnored() async {
        await #expect(processExitsWith: .exitCode(7)) {
            takeSignals()
            signal(SIGHUP, SIG_IGN)
            let result = try? AsyncWork.run(stopping: SignalStop(timeout: 20)) {
                try await Task.sleep(for: .milliseconds(200))
                kill(getpid(), SIGHUP)
                return Int32(7)
            }
            exit(result ?? 1)
        }
    }
}

/// Makes this thread one that takes signals, as the main thread of the program is: those of Dispatch do not.
private func takeSignals() {
    var set = sigset_t()
    sigemptyset(&set)
    pthread_sigmask(SIG_SETMASK, &set, nil)
}
