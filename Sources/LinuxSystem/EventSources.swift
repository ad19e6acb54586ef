internal import CLinux
internal import Glibc
internal import SystemPackage

/// A notifier between threads that an `EventPoll` can watch; eventfd(2).
package struct EventNotifier: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    package init() throws(SystemError) {
        let flags = Int32(EFD_CLOEXEC | EFD_NONBLOCK)
        descriptor = OwnedDescriptor(owning: try systemCall("eventfd", "") { eventfd(0, flags) })
    }

    /// Makes the descriptor readable; ringing twice is like ringing once.
    package borrowing func signal() {
        // The only failure is a counter at its end: then the notifier rings already.
        _ = eventfd_write(descriptor.rawValue, 1)
    }

    /// Makes the descriptor unreadable until the next ring.
    package borrowing func clear() {
        var count: eventfd_t = 0
        // A notifier that was not signalled answers EAGAIN, which is the wanted state.
        _ = eventfd_read(descriptor.rawValue, &count)
    }
}

/// Signals as readable events instead of interruptions; signalfd(2).
package struct SignalSource: ~Copyable {
    package let descriptor: OwnedDescriptor

    /// Blocks the signals in this thread and in all threads that it starts from now on.
    package init(_ signals: [Int32]) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        let code = pthread_sigmask(SIG_BLOCK, &set, nil)
        guard code == 0 else { throw SystemError("pthread_sigmask", "\(signals)", Errno(rawValue: code)) }
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        descriptor = OwnedDescriptor(owning: try systemCall("signalfd", "\(signals)") { signalfd(-1, &set, flags) })
    }

    /// Takes all signals that are waiting, and tells which they are.
    package borrowing func take() -> [Int32] {
        let size = MemoryLayout<signalfd_siginfo>.size
        var information = [UInt8](repeating: 0, count: size * 16)
        var signals: [Int32] = []
        while true {
            // EAGAIN: no signal is pending.
            let count = read(descriptor.rawValue, &information, information.count)
            guard count > 0 else { return signals }
            signals += stride(from: 0, to: count, by: size).map { offset in
                // The number is the first member; signalfd(2).
                information.withUnsafeBytes { Int32($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
            }
        }
    }

    /// Takes all signals that are waiting.
    package borrowing func consume() {
        var information = [UInt8](repeating: 0, count: MemoryLayout<signalfd_siginfo>.size * 16)
        // EAGAIN ends the loop: no signal is pending.
        while read(descriptor.rawValue, &information, information.count) > 0 {}
    }
}

/// Children of this process that were not started as `ChildProcess`; waitpid(2).
package enum Children {
    /// Makes this process the parent of orphans among its descendants; PR_SET_CHILD_SUBREAPER of prctl(2).
    package static func adoptOrphans() throws(SystemError) {
        try systemCall("prctl", "PR_SET_CHILD_SUBREAPER") { cl_prctl(CL_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }
    }

    /// Takes the status of one child that has ended; `nil` when no child has ended.
    package static func reap() -> (pid: Int32, status: ExitStatus)? {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            if pid > 0 { return (pid, ExitStatus(waitStatus: status)) }
            if pid == 0 || Errno.last != .interrupted { return nil }
        }
    }

    /// Takes the status of the given child; `nil` when it still runs or is not a child of this process.
    package static func reap(_ child: Int32) -> ExitStatus? {
        var status: Int32 = 0
        return waitpid(child, &status, WNOHANG) == child ? ExitStatus(waitStatus: status) : nil
    }
}

extension DedicatedThread {
    private final class DetachedWork: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a new detached thread that takes no signals; pthread_detach(3).
    ///
    /// A signal that is read from a descriptor must be blocked in every thread; signalfd(2).
    package static func detach(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(DetachedWork(body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        // The new thread inherits the mask.
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let code = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<DetachedWork>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw SystemError("pthread_create", "", Errno(rawValue: code))
        }
        pthread_detach(thread)
    }
}
