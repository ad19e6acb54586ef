internal import CLinux
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// A program on a new terminal in a container, connected to the terminal of this process.
///
/// The relays of the runtimes differ: crun's `exec` does not follow the size of the window. So the runtime sends the
/// terminal to this process, which copies bytes, size and signals between both terminals.
package struct TerminalSession: ~Copyable {
    private let launcher: Launcher
    private let master: OwnedDescriptor
    private let signals: ForwardedSignals
    private let process: ProcessDescriptor

    /// Runs a runtime's command to its end; the command must send its terminal to `console`.
    ///
    /// - Returns: the exit status of the program.
    package static func run(_ launcher: Launcher, console: ConsoleSocket) throws(SystemError) -> ExitStatus {
        let signals = try ForwardedSignals()
        // The terminal signals this process alone, which passes on what the program's own terminal does not tell it.
        let child = try launcher.start(descriptors: [0: 0, 1: 1, 2: 2], startsSession: true)
        let process = try ProcessDescriptor(pid: child.pid)
        let master = try accept(console, process)
        guard let master else { return try child.wait() }
        guard launcher.adopts else {
            let session = TerminalSession(launcher: launcher, master: master, signals: signals, process: process)
            try session.relay()
            return try child.wait()
        }
        guard let program = try launcher.adopt(from: child) else { return try child.wait() }
        let pid = program.pid
        let session = TerminalSession(launcher: launcher, master: master, signals: signals, process: program)
        try session.relay()
        return Launcher.status(ofAdopted: try ProcessDescriptor(pid: pid))
    }

    private init(
        launcher: Launcher, master: consuming OwnedDescriptor, signals: consuming ForwardedSignals,
        process: consuming ProcessDescriptor
    ) {
        self.launcher = launcher
        self.master = master
        self.signals = signals
        self.process = process
    }

    /// The terminal, or `nil` when the runtime ended without handing one over.
    private static func accept(
        _ console: ConsoleSocket, _ process: borrowing ProcessDescriptor
    ) throws(SystemError) -> OwnedDescriptor? {
        var items = [
            pollfd(fd: console.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            try systemCall("poll", "console") { poll(&items, 2, -1) }
            if items[0].revents != 0, let master = try console.receive() { return master }
            if items[1].revents != 0 { return nil }
        }
    }

    private consuming func relay() throws(SystemError) {
        var saved = termios()
        let isRaw = tcgetattr(0, &saved) == 0
        if isRaw {
            var raw = saved
            cfmakeraw(&raw)
            tcsetattr(0, TCSADRAIN, &raw)
        }
        defer { if isRaw { tcsetattr(0, TCSADRAIN, &saved) } }
        followSize()
        var items = [0, master.rawValue, signals.descriptor, process.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            try systemCall("poll", "terminal") { poll(&items, 4, -1) }
            if items[1].revents != 0, !Self.copy(from: master.rawValue, to: 1) { items[1].fd = -1 }
            if items[0].revents != 0, !Self.copy(from: 0, to: master.rawValue) { items[0].fd = -1 }
            if items[2].revents != 0 { try takeSignal() }
            if items[3].revents != 0 && items[1].revents == 0 { return }
        }
    }

    private borrowing func takeSignal() throws(SystemError) {
        guard let number = try signals.next() else { return }
        if number == SIGWINCH {
            followSize()
        } else {
            try launcher.signal(number, to: process)
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
