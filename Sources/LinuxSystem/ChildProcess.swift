internal import CLinux
internal import Glibc
public import SystemPackage

/// A child process. The caller that starts it must wait for it; posix_spawn(3).
public struct ChildProcess: Sendable {
    /// The program to start, with its arguments and attributes.
    public struct Command: Sendable {
        /// A path, or a name that is looked up in `PATH` of this process.
        public var program: String
        public var arguments: [String]
        /// The whole environment, as `NAME=value`; `nil` passes on the environment of this process.
        public var environment: [String]?
        /// The child's descriptors: number in the child → descriptor of this process. Missing 0, 1 and 2 become
        /// /dev/null.
        public var descriptors: [Int32: Int32]
        /// Whether the child leads a new session, which does not get the signals of this process's terminal.
        public var startsSession: Bool
        public var workingDirectory: FilePath?

        public init(
            _ program: String, _ arguments: [String] = [], environment: [String]? = nil,
            descriptors: [Int32: Int32] = [:], startsSession: Bool = false, workingDirectory: FilePath? = nil
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.descriptors = descriptors
            self.startsSession = startsSession
            self.workingDirectory = workingDirectory
        }
    }

    public let pid: Int32

    /// Starts the program with default signal dispositions and an empty signal mask.
    ///
    /// - Throws: ENOENT when there is no such program.
    public static func start(_ command: Command) throws(SystemError) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        for number: Int32 in 0...2 where command.descriptors[number] == nil {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
        // A source that is also a target could be overwritten before it is read: lift all sources out of the way.
        let ceiling = (command.descriptors.keys.max() ?? 2) + 1
        var lifted: [Int32: Int32] = [:]
        defer { for fd in lifted.values { close(fd) } }
        for source in Set(command.descriptors.values) where source < ceiling {
            lifted[source] = try systemCall("fcntl", "\(source)") { cl_fcntl(source, F_DUPFD_CLOEXEC, Int(ceiling)) }
        }
        for (number, source) in command.descriptors.sorted(by: { $0.key < $1.key }) {
            posix_spawn_file_actions_adddup2(&actions, lifted[source] ?? source, number)
        }
        // Descriptors without close-on-exec that this process inherited must not reach the child.
        cl_spawn_close_from(&actions, ceiling)
        if let directory = command.workingDirectory {
            cl_spawn_chdir(&actions, directory.string)
        }
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let session = command.startsSession ? CL_POSIX_SPAWN_SETSID : 0
        posix_spawnattr_setflags(
            &attributes, Int16(Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | session))

        var pid: pid_t = 0
        let code = withCStrings([command.program] + command.arguments) { arguments in
            guard let environment = command.environment else {
                return posix_spawnp(&pid, command.program, &actions, &attributes, arguments, environ)
            }
            return withCStrings(environment) {
                posix_spawnp(&pid, command.program, &actions, &attributes, arguments, $0)
            }
        }
        guard code == 0 else { throw SystemError("posix_spawn", command.program, Errno(rawValue: code)) }
        return ChildProcess(pid: pid)
    }

    /// Waits for the end of the child; waitpid(2).
    public func wait() throws(SystemError) -> ExitStatus {
        var status: Int32 = 0
        let child = pid
        try systemCall("waitpid", "\(child)") { waitpid(child, &status, 0) }
        return ExitStatus(waitStatus: status)
    }

    /// Replaces this process by the program; returns only by throwing; execve(2).
    public static func replace(by command: Command) throws(SystemError) -> Never {
        for (number, source) in command.descriptors {
            if number == source {
                // dup2(2) of a descriptor to itself would leave it close-on-exec.
                try systemCall("fcntl", "\(source)") { cl_fcntl(source, F_SETFD, 0) }
            } else {
                try systemCall("dup2", "\(source)") { dup2(source, number) }
            }
        }
        let environment = command.environment ?? EnvironmentVariables.entries
        let code = withCStrings([command.program] + command.arguments) { arguments in
            withCStrings(environment) { variables in
                cl_execvpe(command.program, arguments, variables)
                return Errno.last.rawValue
            }
        }
        throw SystemError("execve", command.program, Errno(rawValue: code))
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

/// The exit status and the output of a program.
public struct ProcessOutput: Sendable {
    public var status: ExitStatus
    public var standardOutput: [UInt8]
    public var standardError: [UInt8]

    /// Standard error as text without the trailing line ends.
    public var message: String {
        var text = String(decoding: standardError, as: UTF8.self)[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }

    /// Milliseconds between two checks for a cancellation.
    private static let timeout: Int32 = 50

    /// Runs a program to its end, feeding `input` and collecting both outputs.
    ///
    /// - Parameter isCancellable: Whether a `Cancellation` kills the program, with its whole session if it leads one.
    /// - Throws: ECANCELED then.
    public static func of(
        _ command: ChildProcess.Command, input: [UInt8] = [], isCancellable: Bool = false
    ) throws(SystemError) -> ProcessOutput {
        let output = try Pipe()
        let errors = try Pipe()
        var command = command
        command.descriptors[1] = output.writer.rawValue
        command.descriptors[2] = errors.writer.rawValue
        // A memory file as standard input needs no writer beside the two readers.
        let source = try OwnedDescriptor.memoryFile("input")
        try source.write(input)
        let fd = source.rawValue
        try systemCall("lseek", "") { lseek(fd, 0, SEEK_SET) }
        command.descriptors[0] = fd
        let child = try ChildProcess.start(command)
        let outputReader = output.closingWriter()
        let errorReader = errors.closingWriter()
        var collected: [[UInt8]] = [[], []]
        var items = [
            pollfd(fd: outputReader.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errorReader.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        while items.contains(where: { $0.fd >= 0 }) {
            try systemCall("poll", command.program) { poll(&items, 2, isCancellable ? timeout : -1) }
            if isCancellable, Cancellation.isRequested {
                kill(command.startsSession ? -child.pid : child.pid, SIGKILL)
                _ = try child.wait()
                throw SystemError("wait", command.program, .canceled)
            }
            for index in 0...1 where items[index].fd >= 0 && items[index].revents != 0 {
                let part = index == 0 ? try outputReader.read() : try errorReader.read()
                collected[index] += part
                if part.isEmpty { items[index].fd = -1 }
            }
        }
        return ProcessOutput(status: try child.wait(), standardOutput: collected[0], standardError: collected[1])
    }
}

extension Pipe {
    fileprivate consuming func closingWriter() -> OwnedDescriptor {
        reader
    }
}
