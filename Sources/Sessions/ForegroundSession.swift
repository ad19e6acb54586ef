internal import Containers
internal import Glibc
internal import LinuxSystem
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// This process in the place of a container's first process: what the user types, sees and signals is that one's.
///
/// The container writes into its log as every other one, from which it is read here: whatever becomes of this process or
/// of the supervisor, nothing is lost, and the container is not held up.
final class ForegroundSession {
    private let id: ContainerID
    private let workspace: Workspace
    private let signals: ForwardedSignals
    /// `nil` for a container that has ended already.
    private let process: FirstProcess?
    private var reader: LogBytes
    private var relay: InputRelay?
    private var signalCount = 0
    /// Whether the user's terminal adds the carriage return of each line, which that of the container has added already.
    private var addsReturns = false

    /// How many signals are passed on before one kills.
    private static let passedSignals = 2
    /// What a pipe that is ready for writing takes at least without waiting, in bytes; PIPE_BUF of pipe(7).
    private static let writeSize = 4096

    init(_ id: ContainerID, _ workspace: Workspace) throws {
        self.id = id
        self.workspace = workspace
        process = try workspace.layout.runningProcess(of: id, workspace.id).flatMap { try FirstProcess.of($0) }
        signals = try ForwardedSignals()
        reader = try LogBytes(directory: workspace.logs, container: "\(id)")
    }

    /// - Returns: the exit code of the container; 128 plus SIGPIPE's number when the user reads no more.
    func run(_ streams: ForegroundStreams) throws -> Int32 {
        // After the signals, which the threads must not get.
        try connectInput(streams)
        defer { relay?.end() }
        while let process, try !process.hasEnded {
            guard try showAll() else { return 128 + SIGPIPE }
            try reader.waitForMore(or: [signals.descriptor, process.rawDescriptor])
            try passSignals()
        }
        let code = try EndedContainer(id: id, workspace: workspace).code()
        guard try showAll() else { return 128 + SIGPIPE }
        while let part = try reader.rest() {
            guard try show(part) else { return 128 + SIGPIPE }
        }
        return code
    }

    private func connectInput(_ streams: ForegroundStreams) throws {
        switch streams {
        case .pipe(let pipe):
            try DedicatedThread.detach { pipe.fill(from: 0) }
        case .terminal:
            // A container that has ended already has no terminal any more.
            guard let input = try ContainerInput.open(of: "\(id)", runDirectory: workspace.runDirectory) else {
                addsReturns = true
                return
            }
            let relay = InputRelay(input, detachKeys: [])
            try relay.start()
            self.relay = relay
        }
    }

    private func passSignals() throws {
        while let number = try signals.next() {
            if number == SIGWINCH {
                relay?.followSize()
                continue
            }
            signalCount += 1
            try process?.send(signal: signalCount > Self.passedSignals ? SIGKILL : number)
        }
    }

    // MARK: - Output

    /// Shows all that has been written until now; `false` when the user reads no more.
    private func showAll() throws -> Bool {
        while let part = try reader.next() {
            guard try show(part) else { return false }
            // A program that always has something to say keeps no signal waiting.
            try passSignals()
        }
        return true
    }

    private func show(_ part: LogBytes.Part) throws -> Bool {
        var bytes = part.bytes
        if addsReturns {
            for index in bytes.indices.dropLast().reversed() where bytes[index] == 13 && bytes[index + 1] == 10 {
                bytes.remove(at: index)
            }
        }
        return try write(bytes, to: part.stream == .stderr ? 2 : 1)
    }

    /// Writes all, and passes signals on while the reader of the user's pipe takes nothing.
    private func write(_ bytes: [UInt8], to descriptor: Int32) throws -> Bool {
        var items = [
            pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var rest = bytes[...]
        while !rest.isEmpty {
            try systemCall("poll", "\(descriptor)") { poll(&items, 2, -1) }
            if items[1].revents != 0 { try passSignals() }
            guard items[0].revents != 0 else { continue }
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, min($0.count, Self.writeSize)) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                return false
            } else if errno != EINTR, errno != EAGAIN {
                // A full disk, or a terminal that is gone: the command goes on, as with every other program's output.
                return true
            }
        }
        return true
    }
}

/// A container's first process, which can be stored in an optional.
private final class FirstProcess {
    private let descriptor: ProcessDescriptor

    private init(_ descriptor: consuming ProcessDescriptor) {
        self.descriptor = descriptor
    }

    /// `nil` when there is no such process any more.
    static func of(_ number: Int32) throws(SystemError) -> FirstProcess? {
        do throws(SystemError) {
            return FirstProcess(try ProcessDescriptor(pid: number))
        } catch  where error.errno == .noSuchProcess {
            return nil
        }
    }

    /// Readable when it has ended.
    var rawDescriptor: Int32 { descriptor.descriptor.rawValue }

    var hasEnded: Bool {
        get throws(SystemError) { try descriptor.waitForEnd(milliseconds: 0) }
    }

    func send(signal: Int32) throws(SystemError) {
        try descriptor.send(signal: signal)
    }
}

/// A container whose first process has ended.
struct EndedContainer {
    let id: ContainerID
    let workspace: Workspace

    /// How long a supervisor may take that comes after one that was killed.
    private static let timeout = Duration.seconds(10)

    /// Its exit code, when all that it wrote is in its log; 1 when no supervisor saw its end.
    func code() throws -> Int32 {
        let deadline = ContinuousClock.now + Self.timeout
        while true {
            do {
                return try workspace.supervisor().wait(for: "\(id)").code ?? 1
            } catch let error as SupervisorError where error.code == .unreachable && .now < deadline {
                usleep(20_000)
            }
        }
    }
}
