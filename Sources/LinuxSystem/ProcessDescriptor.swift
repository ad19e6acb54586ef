internal import CLinux
internal import Glibc
internal import SystemPackage

/// How a process ended; wait(2).
package enum ExitStatus: Hashable, Sendable {
    case exited(Int32)
    case signaled(Int32)

    /// From the status word of waitpid(2).
    package init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signaled(signal)
    }

    /// The code that a shell would report: the exit code, or 128 plus the signal.
    package var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    package var isSuccess: Bool { self == .exited(0) }
}

/// A handle of one process, which never refers to another process; pidfd_open(2).
package struct ProcessDescriptor: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    package let pid: Int32

    /// - Throws: ESRCH when there is no such process.
    package init(pid: Int32) throws(SystemError) {
        descriptor = OwnedDescriptor(owning: try systemCall("pidfd_open", "\(pid)") { cl_pidfd_open(pid, 0) })
        self.pid = pid
    }

    /// Sends a signal; `false` when the process has ended; pidfd_send_signal(2).
    @discardableResult
    package borrowing func send(signal: Int32) throws(SystemError) -> Bool {
        let fd = descriptor.rawValue
        do throws(SystemError) {
            try systemCall("pidfd_send_signal", "\(pid)") { cl_pidfd_send_signal(fd, signal) }
            return true
        } catch  where error.errno == .noSuchProcess {
            return false
        }
    }

    /// Waits until the process has ended; `false` after `milliseconds` (-1: no limit).
    package borrowing func waitForEnd(milliseconds: Int32 = -1) throws(SystemError) -> Bool {
        var item = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        return try systemCall("poll", "\(pid)") { poll(&item, 1, milliseconds) } > 0
    }

    /// The exit status of a process that is not a child of this process, when the kernel reports it (6.15 and later).
    package borrowing func keptExitStatus() -> ExitStatus? {
        var status: Int32 = 0
        return cl_pidfd_exit_status(descriptor.rawValue, &status) == 0 ? ExitStatus(waitStatus: status) : nil
    }
}

/// Facts of `/proc` about a process; proc_pid_stat(5).
package enum ProcessFacts {
    /// The bits of a mode that new files of this process lose, from proc_pid_status(5): umask(2) reports them only by
    /// changing them, which affects other threads. All bits when the file cannot be read.
    package static var creationMask: UInt32 {
        // With all bits masked, the caller only sets each mode once more.
        let status = (try? Files.text("/proc/self/status")) ?? nil
        let line = status?.split(separator: "\n").first { $0.hasPrefix("Umask:") }
        let text = line?.dropFirst("Umask:".utf8.count).drop { $0 == "\t" || $0 == " " }
        return text.flatMap { UInt32($0, radix: 8) } ?? 0o777
    }

    /// The start time in clock ticks after boot, which together with the pid names one process for good; `nil`
    /// when there is no such process or it is a zombie.
    package static func startTime(of pid: Int32, orOfZombie: Bool = false) -> UInt64? {
        guard let fields = orOfZombie ? fields(pid) : living(pid), fields.count > 19 else { return nil }
        return UInt64(fields[19])
    }

    /// The pid of the parent; `nil` when there is no such process or it is a zombie.
    package static func parent(of pid: Int32, orOfZombie: Bool = false) -> Int32? {
        guard let fields = orOfZombie ? fields(pid) : living(pid), fields.count > 1 else { return nil }
        return Int32(fields[1])
    }

    /// The session of a process; `nil` when there is no such process or it is a zombie.
    package static func session(of pid: Int32) -> Int32? {
        guard let fields = living(pid), fields.count > 3 else { return nil }
        return Int32(fields[3])
    }

    /// Whether there is such a process and it has not ended; a zombie has.
    package static func isAlive(_ pid: Int32) -> Bool { living(pid) != nil }

    /// Whether a process has ended or is about to: it is exiting, or SIGKILL waits for it; proc_pid_stat(5),
    /// proc_pid_status(5).
    package static func isEnding(_ pid: Int32) -> Bool {
        // A process that ends between the calls counts as one that does not exist.
        guard let fields = living(pid), fields.count > 6 else { return true }
        if let flags = UInt32(fields[6]), flags & 0x4 != 0 { return true }
        guard let status = try? Files.text(FilePath("/proc/\(pid)/status")) else { return true }
        return status.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
            guard line.starts(with: "SigPnd:".utf8) || line.starts(with: "ShdPnd:".utf8),
                let set = line.split(separator: UInt8(ascii: "\t")).last,
                let pending = UInt64(Substring(set), radix: 16)
            else { return false }
            return pending & (1 << UInt64(SIGKILL - 1)) != 0
        }
    }

    /// The fields from the state on, which is the third; `nil` when there is no such process.
    private static func fields(_ pid: Int32) -> [Substring]? {
        // A process that ends between the calls counts as one that does not exist.
        guard let text = try? Files.text(FilePath("/proc/\(pid)/stat")),
            let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        return text.utf8[text.utf8.index(after: end)...].split(separator: UInt8(ascii: " ")).map { Substring($0) }
    }

    /// The same of a process that has not ended. One whose first thread has ended lives, and holds its descriptors,
    /// until the last one has.
    private static func living(_ pid: Int32) -> [Substring]? {
        guard let fields = fields(pid) else { return nil }
        let hasThreads = fields.count > 17 && fields[17] != "1" && fields[17] != "0"
        return fields.first == "X" || (fields.first == "Z" && !hasThreads) ? nil : fields
    }

    /// The id of this boot; proc_sys_kernel(5) random/boot_id.
    package static func bootID() throws(SystemError) -> String {
        let text = String(decoding: try Files.read("/proc/sys/kernel/random/boot_id"), as: UTF8.self)
        return String(text.prefix { $0 != "\n" })
    }
}
