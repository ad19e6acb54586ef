import Foundation
import Glibc
import Synchronization

/// A program to run, as a person at a shell would run it: its output and its exit are kept.
package struct Command: Sendable {
    package var executable: String
    package var arguments: [String]
    package var environment: [String: String]
    package var directory: String?

    /// - Parameters:
    ///   - executable: a path, or a name that is looked for in `PATH`.
    ///   - environment: all variables of the program; those of this process by default.
    package init(
        _ executable: String, _ arguments: [String] = [],
        environment: [String: String]? = nil, directory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment ?? ProcessInfo.processInfo.environment
        self.directory = directory
    }

    /// How a program ended.
    package enum Exit: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
        /// It was still running when the time was up, and has been killed.
        case timedOut
    }

    /// What a program that ended left behind.
    package struct Output: Sendable {
        package var command: String
        package var exit: Exit
        package var standardOutput: String
        package var standardError: String

        /// Whether the program ended with code 0.
        package var succeeded: Bool { exit == .code(0) }

        /// Everything, for the message of a test that failed.
        package var description: String {
            "`\(command)` ended with \(exit)\n-- output\n\(standardOutput)\n-- errors\n\(standardError)"
        }
    }

    /// Runs the program to its end; its standard input is `input`.
    package func run(input: String = "", timeout: Duration = .seconds(60)) throws -> Output {
        try start(input: input).wait(timeout: timeout)
    }

    /// Starts the program in a process group of its own. Its output goes to unlinked files, so no reader is needed,
    /// and a daemon that it leaves behind with its output open holds nothing up.
    package func start(input: String = "") throws -> RunningCommand {
        let standardInput = try TemporaryFile()
        let output = try TemporaryFile()
        let errors = try TemporaryFile()
        try standardInput.fill(input)
        var spawn = try Spawn(self)
        spawn.map(standardInput.descriptor, to: 0)
        spawn.map(output.descriptor, to: 1)
        spawn.map(errors.descriptor, to: 2)
        let process = try spawn.run(flags: POSIX_SPAWN_SETPGROUP)
        return RunningCommand(text: text, process: process, output: output, errors: errors)
    }

    var text: String { ([executable] + arguments).joined(separator: " ") }
}

/// A program that was started and not yet waited for.
package final class RunningCommand: Sendable {
    package let process: Int32
    private let text: String
    private let output: TemporaryFile
    private let errors: TemporaryFile
    private let exit = Mutex<Command.Exit?>(nil)

    init(text: String, process: pid_t, output: TemporaryFile, errors: TemporaryFile) {
        self.text = text
        self.process = process
        self.output = output
        self.errors = errors
    }

    /// Ends the program if it still runs: a child that is not waited for keeps the exit tests from seeing theirs.
    deinit {
        guard poll() == nil else { return }
        kill(-process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// What it wrote so far.
    package var standardOutput: String { output.text }

    package var isRunning: Bool { poll() == nil }

    package func send(_ signal: Int32) { kill(process, signal) }

    /// Asks it to end, and waits until it has.
    package func stop() {
        send(SIGTERM)
        _ = wait(timeout: .seconds(10))
    }

    /// Waits for the end; kills the whole process group when the time is up.
    package func wait(timeout: Duration = .seconds(60)) -> Command.Output {
        let deadline = ContinuousClock.now + timeout
        var end = poll()
        while end == nil {
            if ContinuousClock.now > deadline {
                kill(-process, SIGKILL)
                var status: Int32 = 0
                waitpid(process, &status, 0)
                exit.withLock { $0 = .timedOut }
            } else {
                usleep(1000)
            }
            end = poll()
        }
        return Command.Output(
            command: text, exit: end ?? .timedOut, standardOutput: output.text, standardError: errors.text)
    }

    /// Waits for the end without a time limit and without the delay of asking again and again: for measurements.
    package func waitWithoutLimit() -> Command.Output {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let end = Command.Exit(waitStatus: status)
        exit.withLock { $0 = end }
        return Command.Output(
            command: text, exit: end, standardOutput: output.text, standardError: errors.text)
    }

    private func poll() -> Command.Exit? {
        exit.withLock { exit in
            if exit != nil { return exit }
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { return nil }
            exit = Command.Exit(waitStatus: status)
            return exit
        }
    }
}

extension Command.Exit {
    /// Decodes what `waitpid(2)` reports for a process that ended.
    package init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }
}

/// A file without a name that is closed with its owner.
final class TemporaryFile: Sendable {
    let descriptor: Int32

    init() throws {
        var template = Array("\(TemporaryDirectory.parent)/tt-output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw TestError("cannot make a temporary file: \(TestError.reason())")
        }
        unlink(template)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func fill(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard bytes.isEmpty || write(descriptor, bytes, bytes.count) == bytes.count else {
            throw TestError("cannot write a temporary file: \(TestError.reason())")
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    var text: String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}

/// Why the support code itself could not do its work.
package struct TestError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    /// What `errno` says in words.
    package static func reason() -> String { String(cString: strerror(errno)) }
}
