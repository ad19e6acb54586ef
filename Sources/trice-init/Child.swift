import CInit

/// The set of signals that the first process takes from its queue instead of being interrupted by them.
struct SignalSet {
    private var all = sigset_t()
    private var inherited = sigset_t()

    init() {
        sigfillset(&all)
        // These report faults of this program itself: blocked, they could not end it.
        for number in [SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS] {
            sigdelset(&all, number)
        }
    }

    mutating func block() {
        sigprocmask(SIG_BLOCK, &all, &inherited)
    }

    /// Back to the mask that this process was started with.
    func restore() {
        var mask = inherited
        sigprocmask(SIG_SETMASK, &mask, nil)
    }

    /// The next signal within some milliseconds, or -1.
    func wait(milliseconds: Int) -> Int32 {
        var set = all
        var time = timespec(tv_sec: 0, tv_nsec: milliseconds * 1_000_000)
        return sigtimedwait(&set, nil, &time)
    }

    /// The next signal.
    func wait() -> Int32 {
        var set = all
        return sigwaitinfo(&set, nil)
    }
}

/// The program, as a child of this process.
struct Child {
    let pid: pid_t

    /// Starts the program as leader of a new process group, in the foreground of the terminal if there is a terminal.
    static func start(
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, signals: SignalSet
    ) -> Child? {
        let pid = fork()
        if pid < 0 { return nil }
        if pid == 0 { run(arguments, signals: signals) }
        return Child(pid: pid)
    }

    /// In the new process: becomes the program.
    private static func run(
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, signals: SignalSet
    ) -> Never {
        setpgid(0, 0)
        // SIGTTOU is still blocked, so that a background group may do this. Without a terminal it fails, as it should.
        tcsetpgrp(0, getpid())
        signals.restore()
        if let program = arguments[0] { execvp(program, arguments) }
        let code = ci_errno()
        if code == ENOENT || code == ENOTDIR {
            say(arguments[0], ": not found")
            _exit(127)
        }
        say(arguments[0], ": ", strerror(code))
        _exit(126)
    }

    /// Hands on signals and reaps processes until the program has ended; its wait status.
    func superviseUntilEnd(_ signals: SignalSet) -> Int32 {
        while true {
            let signal = signals.wait()
            if signal == SIGCHLD {
                if let status = reap() { return status }
            } else if signal > 0 {
                kill(pid, signal)
            }
        }
    }

    /// Reaps all ended processes; returns the program's status when the program is one of them.
    private func reap() -> Int32? {
        var result: Int32?
        while true {
            var status: Int32 = 0
            let ended = waitpid(-1, &status, WNOHANG | WUNTRACED)
            if ended <= 0 { return result }
            guard ended == pid else { continue }
            if ci_stopped_by_terminal(status) != 0 {
                // Ctrl-Z stopped the program's whole group, and no process in the container could continue it.
                kill(-pid, SIGCONT)
            } else if ci_exited(status) != 0 || ci_signaled(status) != 0 {
                result = status
            }
        }
    }
}

/// How the program ended.
enum Ending {
    case exited(Int32)
    case signaled(Int32)

    init(waitStatus: Int32) {
        self = ci_exited(waitStatus) != 0 ? .exited(ci_exit_code(waitStatus)) : .signaled(ci_signal(waitStatus))
    }

    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    /// Writes the record in one write(2).
    func write(to descriptor: Int32) {
        switch self {
        case .exited(let code): ci_write_record(descriptor, "exited", code)
        case .signaled(let signal): ci_write_record(descriptor, "signaled", signal)
        }
    }
}
