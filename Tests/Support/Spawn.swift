import CTestSupport
import Glibc

/// One `posix_spawn(3)` in the making.
struct Spawn {
    private let command: Command
    private var actions = posix_spawn_file_actions_t()

    init(_ command: Command) throws {
        self.command = command
        posix_spawn_file_actions_init(&actions)
        if let directory = command.directory {
            ts_spawn_chdir(&actions, directory)
        }
    }

    /// Gives the child the descriptor under another number.
    mutating func map(_ descriptor: Int32, to number: Int32) {
        posix_spawn_file_actions_adddup2(&actions, descriptor, number)
    }

    /// Opens a file in the child under a number.
    mutating func open(_ path: String, as number: Int32) {
        posix_spawn_file_actions_addopen(&actions, number, path, O_RDWR, 0)
    }

    /// Starts the child and returns its process id.
    mutating func run(flags: Int32) throws -> pid_t {
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(flags) | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // The child starts without blocked or ignored signals, whatever the state of the test runner.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)

        let arguments = ([command.executable] + command.arguments).map { strdup($0) } + [nil]
        let environment = command.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawnp(&process, command.executable, &actions, &attributes, arguments, environment)
        guard result == 0 else {
            throw TestError("cannot start `\(command.text)`: \(String(cString: strerror(result)))")
        }
        return process
    }
}
