internal import CLinux
internal import Glibc
internal import SystemPackage

/// Programs of the host that a process in the namespaces of a user without root starts: the agent runs them outside, as the
/// user, with the users, mounts and networks of the host.
///
/// Inside, a process of this program stands for each of them, so that the caller starts it, sends signals to it and waits
/// for it as for any child.
package enum OutsideProgram {
    /// The first argument of the process that stands for a program.
    package static let verb = "run-outside"

    /// The command so that its program runs on the host; the same command where this process is there already.
    ///
    /// Of its descriptors 0, 1 and 2 reach the program. A program that cannot be started ends with the code 127.
    package static func command(_ command: ChildProcess.Command) -> ChildProcess.Command {
        guard let agent = OutsideHost.agent else { return command }
        var outside = command
        outside.program = "/proc/self/exe"
        outside.arguments = [verb, command.program] + command.arguments
        if let variables = command.environment {
            let own = "\(OutsideHost.variable)="
            outside.environment = variables.filter { !$0.hasPrefix(own) } + [own + agent.string]
        }
        return outside
    }

    // MARK: - Inside

    /// What the process that stands for a program passes on to it.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH]

    /// Stands for the program that the words name until it has ended, and ends in the same way.
    package static func stand(for words: [String]) -> Never {
        var words = words
        do throws(SystemError) {
            guard let name = words.first, let agent = OutsideHost.agent else { exit(64) }
            // Outside it would be the agent's PATH that counts.
            words[0] = ProgramSearch.ofProcess.find(name)?.string ?? name
            let source = try SignalSource(signals)
            let socket = try MessageSocket.connect(to: agent, timeout: OutsideHost.timeout)
            let orders = try OwnedDescriptor.memoryFile("orders")
            try orders.write(OutsideOrder(words: words).encoded)
            try socket.send(OutsideOrder.marker, descriptors: [orders.rawValue, 0, 1, 2])
            _ = consume orders
            // The program's output ends when it closes it, not when this process does.
            for stream: Int32 in 0...1 { close(stream) }
            end(try wait(socket, source), words)
        } catch {
            fail("`\(words.first ?? "")` cannot be started outside of the namespaces: \(error.errno).")
        }
    }

    /// How a program outside ended.
    private enum End {
        case status(ExitStatus)
        case notStarted(Int32)
        /// The agent is of an earlier release.
        case refused
    }

    private static func wait(
        _ socket: borrowing MessageSocket, _ source: borrowing SignalSource
    ) throws(SystemError) -> End {
        var items = [socket.descriptor.rawValue, source.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            _ = try systemCall("poll", "agent") { poll(&items, 2, -1) }
            for signal in source.take() { try socket.send([UInt8(truncatingIfNeeded: signal)]) }
            guard items[0].revents != 0 else { continue }
            guard let answer = try socket.receive() else { throw SystemError("recvmsg", "agent", .connectionReset) }
            guard answer.bytes.count == 2 else { return .refused }
            let value = Int32(answer.bytes[1])
            switch answer.bytes[0] {
            case 0: return .status(.exited(value))
            case 1: return .status(.signaled(value))
            default: return .notStarted(value)
            }
        }
    }

    private static func end(_ end: End, _ words: [String]) -> Never {
        switch end {
        case .status(.exited(let code)): exit(code)
        case .status(.signaled(let number)):
            signal(number, SIG_DFL)
            unblockAll()
            raise(number)
            exit(128 + number)
        case .notStarted(let code):
            fail("`\(words[0])` cannot be started: \(Errno(rawValue: code)).")
        case .refused:
            fail("The agent of this user's namespaces is of an earlier release: `trice down`, then `trice up`.")
        }
    }

    private static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    private static func fail(_ message: String) -> Never {
        let text = Array("trice: \(message)\n".utf8)
        _ = write(2, text, text.count)
        exit(127)
    }

    // MARK: - Outside

    /// Whether a message to the agent asks for a program.
    package static func isRequest(_ bytes: [UInt8]) -> Bool { bytes == OutsideOrder.marker }

    /// Runs the program of a request to its end; kills it with its session when the process that asked is gone.
    ///
    /// - Parameter descriptors: those of the request; they are closed.
    package static func serve(_ descriptors: [Int32], over socket: borrowing MessageSocket) throws(SystemError) {
        let child: ChildProcess
        do throws(SystemError) {
            child = try start(descriptors)
        } catch {
            return try socket.send([2, UInt8(truncatingIfNeeded: error.errno.rawValue)])
        }
        let process = try ProcessDescriptor(pid: child.pid)
        var items = [process.descriptor.rawValue, socket.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            _ = try systemCall("poll", "\(child.pid)") { poll(&items, 2, -1) }
            if items[0].revents != 0 { break }
            if let signal = nextSignal(socket) {
                kill(-child.pid, signal)
            } else {
                kill(-child.pid, SIGKILL)
                break
            }
        }
        switch try child.wait() {
        case .exited(let code): try socket.send([0, UInt8(truncatingIfNeeded: code)])
        case .signaled(let signal): try socket.send([1, UInt8(truncatingIfNeeded: signal)])
        }
    }

    /// `nil` when the other end is gone.
    private static func nextSignal(_ socket: borrowing MessageSocket) -> Int32? {
        do throws(SystemError) {
            guard let message = try socket.receive() else { return nil }
            for fd in message.descriptors { close(fd) }
            return message.bytes.first.map { Int32($0) }
        } catch {
            return nil
        }
    }

    private static func start(_ descriptors: [Int32]) throws(SystemError) -> ChildProcess {
        defer { for fd in descriptors { close(fd) } }
        guard descriptors.count == 4 else { throw SystemError("recvmsg", "orders", .invalidArgument) }
        let order = try OutsideOrder(readFrom: descriptors[0])
        return try ChildProcess.start(
            ChildProcess.Command(
                order.program[0], Array(order.program.dropFirst()), environment: order.environment,
                descriptors: [0: descriptors[1], 1: descriptors[2], 2: descriptors[3]], startsSession: true,
                workingDirectory: FilePath(order.directory)))
    }
}

/// What a program outside is started with, as the content of a memory file.
struct OutsideOrder: Hashable, Sendable {
    /// The message that comes with it.
    static let marker = Array("run a program".utf8)
    /// The largest that is read, in bytes: arguments and variables have at most a quarter of the stack; execve(2).
    private static let limit = 8 << 20

    var words: [String]
    var environment: [String]
    var directory: String
    var mask: UInt32

    /// In the working directory of this process, with its variables and its umask.
    init(words: [String]) {
        self.words = words
        environment = EnvironmentVariables.current.filter { $0.key != OutsideHost.variable }
            .map { "\($0.key)=\($0.value)" }.sorted()
        let current = getcwd(nil, 0)
        defer { free(current) }
        directory = current.map { String(cString: $0) } ?? "/"
        mask = ProcessFacts.creationMask
    }

    /// The program with its arguments. The umask is set by a shell, since the agent has one for all of its threads.
    var program: [String] {
        ["/bin/sh", "-c", "umask \(String(mask, radix: 8)) && exec \"$@\"", "sh"] + words
    }

    /// Texts that each end with a zero byte.
    var encoded: [UInt8] {
        (["\(words.count)", String(mask, radix: 8), directory] + words + environment).flatMap { Array($0.utf8) + [0] }
    }

    init?(encoded bytes: [UInt8]) {
        let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
        guard bytes.last == 0, texts.count > 3, let count = Int(texts[0]), count > 0, texts.count >= 3 + count,
            let mask = UInt32(texts[1], radix: 8), mask <= 0o777, texts[2].hasPrefix("/")
        else { return nil }
        words = Array(texts[3..<3 + count])
        environment = Array(texts[(3 + count)...])
        directory = texts[2]
        self.mask = mask
    }

    /// - Throws: EINVAL for what is no order, EFBIG for one that is too large.
    init(readFrom fd: Int32) throws(SystemError) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try systemCall("pread", "orders") { pread(fd, &buffer, buffer.count, off_t(bytes.count)) }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= Self.limit else { throw SystemError("pread", "orders", .fileTooLarge) }
        }
        guard let order = OutsideOrder(encoded: bytes) else { throw SystemError("pread", "orders", .invalidArgument) }
        self = order
    }
}
