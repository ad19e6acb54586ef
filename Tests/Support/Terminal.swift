import CTestSupport
import Glibc
import Synchronization

/// A program on a pseudo-terminal of its own, as in a terminal window.
package final class Terminal: Sendable {
    package let process: Int32
    private let master: Int32
    private let path: String
    private let transcript = Mutex("")

    /// Starts the command as the leader of a session whose terminal has the given size.
    package init(_ command: Command, rows: Int = 24, columns: Int = 80) throws {
        var name = [CChar](repeating: 0, count: 64)
        let master = ts_open_terminal(&name, name.count)
        guard master >= 0 else { throw TestError("cannot open a pseudo-terminal: \(TestError.reason())") }
        self.master = master
        self.path = name.withUnsafeBufferPointer { $0.baseAddress.map(String.init(cString:)) ?? "" }
        // Held open while the size is set: the last close of the other side would hang the terminal up.
        let other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(other) }
        try Self.resize(path, rows: rows, columns: columns)
        var spawn = try Spawn(command)
        spawn.open(path, as: 0)
        spawn.map(0, to: 1)
        spawn.map(0, to: 2)
        self.process = try spawn.run(flags: ts_spawn_setsid)
    }

    deinit { close(master) }

    /// Changes the size; the program gets `SIGWINCH`.
    package func resize(rows: Int, columns: Int) throws {
        try Self.resize(path, rows: rows, columns: columns)
    }

    private static func resize(_ path: String, rows: Int, columns: Int) throws {
        let output = try Command("stty", ["-F", path, "rows", "\(rows)", "cols", "\(columns)"]).run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    /// Types the text.
    package func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Everything shown so far.
    package var screen: String {
        transcript.withLock { transcript in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(master, &buffer, buffer.count)
                guard count > 0 else { return transcript }
                transcript += String(decoding: buffer[..<count], as: UTF8.self)
            }
        }
    }

    /// Waits until the text has been shown; `false` when the time is up first.
    package func shows(_ text: String, within timeout: Duration = .seconds(10)) -> Bool {
        eventually(within: timeout) { screen.contains(text) }
    }

    /// Waits for the program's end, kills it when the time is up.
    package func wait(timeout: Duration = .seconds(20)) -> Command.Exit {
        var status: Int32 = 0
        let ended = eventually(within: timeout) {
            _ = screen
            return waitpid(process, &status, WNOHANG) == process
        }
        if ended { return Command.Exit(waitStatus: status) }
        kill(-process, SIGKILL)
        waitpid(process, &status, 0)
        return .timedOut
    }
}
