internal import CLinux
internal import Glibc
package import SystemPackage

/// A child process. The caller that starts it must wait for it; posix_spawn(3).
package struct ChildProcess: Sendable {
    /// The program to start, with its arguments and attributes.
    package struct Command: Sendable {
        /// A path, or a name that is looked up in `PATH` of this process.
        package var program: String
        package var arguments: [String]
        /// The whole environment, as `NAME=value`; `nil` passes on the environment of this process.
        package var environment: [String]?
        /// The child's descriptors: number in the child → descriptor of this process. Missing 0, 1 and 2 become
        /// /dev/null.
        package var descriptors: [Int32: Int32]
        /// Whether the child leads a new session, which does not get the signals of this process's terminal.
        package var startsSession: Bool
        package var workingDirectory: FilePath?

        package init(
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

    package let pid: Int32

    /// Starts the program with default signal dispositions and an empty signal mask.
    ///
    /// - Throws: ENOENT when there is no such program.
    package static func start(_ command: Command) throws(SystemError) -> ChildProcess {
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
        let ceiling = max(2, command.descriptors.keys.max() ?? 2) + 1
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
    package func wait() throws(SystemError) -> ExitStatus {
        var status: Int32 = 0
        let child = pid
        try systemCall("waitpid", "\(child)") { waitpid(child, &status, 0) }
        return ExitStatus(waitStatus: status)
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
