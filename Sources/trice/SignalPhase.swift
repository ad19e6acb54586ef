internal import Dispatch
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// The descriptor that wakes the present phase; -1 outside of a phase. The handler of a signal has no context.
private let wakeDescriptor = Atomic<Int32>(-1)
/// The first signal of the present phase; 0 for none.
private let firstSignal = Atomic<Int32>(0)

/// Runs in the middle of anything: calls only what signal-safety(7) allows.
private func noteSignal(_ number: Int32) {
    let saved = errno
    _ = firstSignal.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
    // What an eventfd(2) counts.
    var one: UInt64 = 1
    _ = write(wakeDescriptor.load(ordering: .acquiring), &one, 8)
    errno = saved
}

/// The signals of one phase of the work as one event on a queue; sigaction(2).
///
/// Dispatch has signal sources of its own, which serve the first phase only: Dispatch installs its handler of a signal
/// once in the life of a process, and the end of a phase puts the default action back in its place.
final class SignalPhase {
    private final class Wake: Sendable {
        let notifier: EventNotifier

        init() throws(SystemError) { notifier = try EventNotifier() }
    }

    private let signals: [Int32]
    private let source: any DispatchSourceRead

    /// A signal that the parent process has disabled, as nohup(1) does, stays disabled.
    ///
    /// - Parameter handle: called with the first signal, once.
    init(_ signals: [Int32], _ handle: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
        self.signals = signals.filter { !Self.isIgnored($0) }
        let wake = try Wake()
        let descriptor = wake.notifier.descriptor.rawValue
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        self.source = source
        source.setEventHandler { [source] in
            // Once: the notifier stays readable.
            source.cancel()
            handle(firstSignal.load(ordering: .acquiring))
        }
        // The descriptor stays open as long as it is watched.
        source.setCancelHandler { withExtendedLifetime(wake) {} }
        firstSignal.store(0, ordering: .releasing)
        wakeDescriptor.store(descriptor, ordering: .releasing)
        source.resume()
        for number in self.signals { Self.set(number, noteSignal) }
    }

    /// - Parameter restoresDefaults: whether signals end the process from now on; else they change nothing.
    func end(restoresDefaults: Bool) {
        for number in signals where restoresDefaults { Self.set(number, SIG_DFL) }
        wakeDescriptor.store(-1, ordering: .releasing)
        source.cancel()
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    private static func set(_ number: Int32, _ handler: __sighandler_t?) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }
}
