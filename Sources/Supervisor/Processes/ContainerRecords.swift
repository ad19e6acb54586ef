internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// What one supervisor leaves to the next about a container; the file `process`.
struct ProcessRecord: Codable, Sendable, Hashable {
    /// The boot that the times below belong to.
    var boot: String
    /// The runtime's helper, while it starts the container.
    var helper: Int32?
    var helperStartTime: UInt64?
    /// PID 1 of the container, once it runs.
    var pid: Int32?
    var startTime: UInt64?
    var pidFile: String
    var usesInit: Bool
    var hasKeeper: Bool
    var hasTerminal: Bool
    /// Nanoseconds since the epoch.
    var startedAt: UInt64
    /// The stop that is under way; `nil` for none.
    var stop: StopRecord?
    /// How it was started, for a restart; `nil` in the records of earlier releases.
    var request: StartRequest?
}

/// A stop, recorded before its signal is sent.
struct StopRecord: Codable, Sendable, Hashable {
    /// When SIGKILL is due, in nanoseconds since the epoch; `nil` when it is sent already.
    var killAt: UInt64?

    /// - Parameter remaining: the time until SIGKILL.
    init(remaining: Duration?) {
        killAt = remaining.map { UInt64(WallClock.nanoseconds) + UInt64(max(0, $0.nanoseconds)) }
    }

    /// The time until SIGKILL, at the present moment.
    var remaining: Duration? {
        killAt.map { .nanoseconds(Int64(clamping: $0) - WallClock.nanoseconds) }
    }
}

/// How a container ended; the file `ended`.
struct Ending: Codable, Sendable, Hashable {
    var code: Int32?
    var signal: Int32?
    /// Nanoseconds since the epoch.
    var endedAt: UInt64

    init(_ status: ExitStatus?, at time: UInt64) {
        code = status?.code
        if case .signaled(let number) = status { signal = number }
        endedAt = time
    }
}

/// What is known about the end of a process, and what follows from it.
struct ExitEvidence: Sendable {
    /// From waitpid, when it was our child.
    var waited: ExitStatus?
    /// From trice-init's record.
    var recorded: ExitStatus?
    /// From the kernel, about a process that was not our child.
    var kept: ExitStatus?
    var usesInit = false

    /// The best answer; `nil` when nobody knows.
    var status: ExitStatus? {
        if let waited {
            // The record may say which signal it was where PID 1 could only exit with 128 + signal.
            if let recorded, recorded.code == waited.code { return recorded }
            return waited
        }
        if let recorded { return recorded }
        if let kept { return kept }
        // trice-init writes its record before it ends by itself: only SIGKILL leaves it no time.
        return usesInit ? .signaled(SIGKILL) : nil
    }
}

extension ExitStatus {
    /// From the text of an exit record, `exited N` or `signaled N`.
    init?(record text: String) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 2, let number = Int32(fields[1]), number >= 0 else { return nil }
        switch fields[0] {
        case "exited" where number < 256: self = .exited(number)
        case "signaled" where (1...64).contains(number): self = .signaled(number)
        default: return nil
        }
    }

    /// Of a process that ended and was not waited for yet; proc_pid_stat(5), fields 3, 22 and 52.
    init?(zombie pid: Int32, startTime: UInt64) {
        // No such file: the process has been waited for.
        guard let text = try? Files.text(FilePath("/proc/\(pid)/stat")), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 49, fields[0] == "Z" || fields[0] == "X", UInt64(fields[19]) == startTime,
            let status = Int32(fields[49].prefix { !$0.isNewline })
        else { return nil }
        self.init(waitStatus: status)
    }
}
