internal import Glibc
package import LinuxSystem
internal import SupervisorProtocol
package import SystemPackage

/// The standard input of a container that runs, for a client beside the supervisor: the pipe of one with `stdin_open`, or
/// the terminal of one with `tty`.
package struct ContainerInput: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    /// Whether it is the terminal of one with `tty`.
    package let isTerminal: Bool

    /// - Returns: `nil` for a container that has neither, or that does not run.
    package static func open(of name: String, runDirectory: FilePath) throws(SystemError) -> ContainerInput? {
        let files = RunDirectory(path: runDirectory).container(name)
        guard let record = Coding.record(ProcessRecord.self, at: files.process), let pid = record.pid,
            let process = try ProcessHandle.of(pid), ProcessFacts.startTime(of: pid) == record.startTime
        else { return nil }
        if record.request?.keepsInputOpen == true {
            let pipe = try OwnedDescriptor.open(files.input, O_WRONLY | O_NONBLOCK)
            return ContainerInput(descriptor: pipe, isTerminal: false)
        }
        guard record.hasTerminal else { return nil }
        let holder = record.hasKeeper ? ProcessHandle.parent(of: pid) ?? process : process
        guard let master = try TerminalStash.master(inheritedBy: holder) else { return nil }
        return ContainerInput(descriptor: master, isTerminal: true)
    }

    /// Writes all of the bytes, and waits while the program inside does not read.
    ///
    /// - Throws: EPIPE or EIO when no program has its other side open any more.
    package borrowing func write(_ bytes: some Collection<UInt8>) throws(SystemError) {
        var rest = Array(bytes)[...]
        let fd = descriptor.rawValue
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var item = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
                poll(&item, 1, -1)
            } else if errno != EINTR {
                throw SystemError("write", "the input of a container", Errno(rawValue: errno))
            }
        }
    }

    /// Gives the terminal inside the size of the one that is this process's standard input; ioctl_tty(2).
    package borrowing func followSize() {
        var size = winsize()
        guard isTerminal, ioctl(0, UInt(TIOCGWINSZ), &size) == 0 else { return }
        _ = ioctl(descriptor.rawValue, UInt(TIOCSWINSZ), &size)
    }
}
