internal import CLinux
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// The signals that a process passes on to the program that it stands for, as data; signalfd(2).
package struct ForwardedSignals: ~Copyable {
    private let source: OwnedDescriptor
    private let before: sigset_t

    /// Blocks them in this thread until the value goes.
    package init() throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT] { sigaddset(&set, number) }
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        let fd = try systemCall("signalfd", "") { signalfd(-1, &set, flags) }
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &set, &mask)
        source = OwnedDescriptor(owning: fd)
        before = mask
    }

    deinit {
        var mask = before
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }

    /// Readable when a signal waits.
    package var descriptor: Int32 { source.rawValue }

    /// The next one; `nil` when none waits.
    package borrowing func next() throws(SystemError) -> Int32? {
        var info = signalfd_siginfo()
        let fd = source.rawValue
        do throws(SystemError) {
            try systemCall("read", "signalfd") { read(fd, &info, MemoryLayout<signalfd_siginfo>.size) }
        } catch  where error.errno == .wouldBlock {
            return nil
        }
        return Int32(info.ssi_signo)
    }
}
