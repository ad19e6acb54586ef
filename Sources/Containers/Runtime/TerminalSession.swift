internal import CLinux
internal import Glibc
public import LinuxSystem
public import SystemPackage

/// A program on a new terminal in a container, connected to the terminal of this process.
///
/// The relays of the runtimes differ: crun's `exec` does not follow the size of the window. So the runtime sends the
/// terminal to this process, which copies bytes, size and signals between both terminals.
public struct TerminalSession: ~Copyable {
    private let master: OwnedDescriptor
    private let signals: OwnedDescriptor
    private let process: ProcessDescriptor
    private let child: ChildProcess

    /// Runs the program to its end.
    ///
    /// - Parameter socket: an unused path, to which the runtime connects.
    /// - Returns: the exit status of the program.
    public static func run(
        _ entry: EntryRecord, document: borrowing OwnedDescriptor, socket: FilePath
    ) throws(SystemError) -> ExitStatus {
        try run(entry.command(document: document, consoleSocket: socket), socket: socket)
    }

    /// Runs a runtime's command to its end; the command must send its terminal to `socket`.
    public static func run(_ command: ChildProcess.Command, socket: FilePath) throws(SystemError) -> ExitStatus {
        let signals = try signalDescriptor()
        let listening = try ConsoleSocket.listen(at: socket)
        let child = try ChildProcess.start(command)
        let process = try ProcessDescriptor(pid: child.pid)
        let master = try accept(listening, process)
        // The socket is no longer needed; a file that stays does no harm.
        _ = try? Files.remove(socket)
        guard let master else { return try child.wait() }
        let session = TerminalSession(master: master, signals: signals, process: process, child: child)
        return try session.relay()
    }

    private init(
        master: consuming OwnedDescriptor, signals: consuming OwnedDescriptor, process: consuming ProcessDescriptor,
        child: ChildProcess
    ) {
        self.master = master
        self.signals = signals
        self.process = process
        self.child = child
    }

    /// The forwarded signals arrive as data; signalfd(2).
    private static func signalDescriptor() throws(SystemError) -> OwnedDescriptor {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT] { sigaddset(&set, number) }
        sigprocmask(SIG_BLOCK, &set, nil)
        return OwnedDescriptor(owning: try systemCall("signalfd", "") { signalfd(-1, &set, Int32(SFD_CLOEXEC)) })
    }

    /// The terminal, or `nil` when the runtime ended without handing one over.
    private static func accept(
        _ listening: borrowing OwnedDescriptor, _ process: borrowing ProcessDescriptor
    ) throws(SystemError) -> OwnedDescriptor? {
        var items = [
            pollfd(fd: listening.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            try systemCall("poll", "console") { poll(&items, 2, -1) }
            if items[0].revents != 0, let master = try ConsoleSocket.receive(from: listening.rawValue) { return master }
            if items[1].revents != 0 { return nil }
        }
    }

    private consuming func relay() throws(SystemError) -> ExitStatus {
        var saved = termios()
        let isRaw = tcgetattr(0, &saved) == 0
        if isRaw {
            var raw = saved
            cfmakeraw(&raw)
            tcsetattr(0, TCSADRAIN, &raw)
        }
        defer { if isRaw { tcsetattr(0, TCSADRAIN, &saved) } }
        followSize()
        var items = [0, master.rawValue, signals.rawValue, process.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            try systemCall("poll", "terminal") { poll(&items, 4, -1) }
            if items[1].revents != 0, !Self.copy(from: master.rawValue, to: 1) { items[1].fd = -1 }
            if items[0].revents != 0, !Self.copy(from: 0, to: master.rawValue) { items[0].fd = -1 }
            if items[2].revents != 0 { try takeSignal() }
            if items[3].revents != 0 && items[1].revents == 0 { return try child.wait() }
        }
    }

    private borrowing func takeSignal() throws(SystemError) {
        var info = signalfd_siginfo()
        let fd = signals.rawValue
        try systemCall("read", "signalfd") { read(fd, &info, MemoryLayout<signalfd_siginfo>.size) }
        if Int32(info.ssi_signo) == SIGWINCH {
            followSize()
        } else {
            // The runtime passes it on to the program.
            try process.send(signal: Int32(info.ssi_signo))
        }
    }

    /// Gives the inner terminal the size of the outer one; ioctl_tty(2).
    private borrowing func followSize() {
        var size = winsize()
        if ioctl(0, UInt(TIOCGWINSZ), &size) == 0 { _ = ioctl(master.rawValue, UInt(TIOCSWINSZ), &size) }
    }

    /// - Returns: `false` at the end; a terminal whose other side is closed answers EIO.
    private static func copy(from source: Int32, to target: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = read(source, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        var written = 0
        while written < count {
            let part = buffer.withUnsafeBytes {
                write(target, $0.baseAddress?.advanced(by: written), count - written)
            }
            if part < 0 && errno != EINTR { return false }
            written += max(0, part)
        }
        return true
    }
}
