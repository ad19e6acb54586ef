internal import Glibc

/// One run of a small program that reads its input, answers and ends; posix_spawn(3).
enum HelperProcess {
    struct Output: Hashable {
        var text: String
        /// Such as `code 1` or `signal 9`.
        var status: String
        var isSuccess: Bool
    }

    struct Failure: Error, Hashable {
        /// A clause that completes "it could not be used:".
        var why: String
    }

    /// More is no answer of a helper.
    private static let maximumOutput = 1 << 20

    /// Runs the program to its end. One socket is its input and its output; it inherits standard error. Blocks.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String], input: [UInt8], timeout: Duration
    ) throws(Failure) -> Output {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw failure("socketpair", errno) }
        let own = ends[0]
        defer { close(own) }
        let process: pid_t
        do throws(Failure) {
            process = try spawn(path, arguments, environment, stream: ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        let deadline = ContinuousClock.now + timeout
        do throws(Failure) {
            var status: Int32?
            let bytes = try exchange(own, input, deadline) {
                status = status ?? exitStatus(of: process)
                return status != nil
            }
            while status == nil {
                _ = try milliseconds(until: deadline)
                usleep(1000)
                status = exitStatus(of: process)
            }
            let ended = status ?? 0
            let signal = ended & 0x7f
            let code = (ended >> 8) & 0xff
            return Output(
                text: String(decoding: bytes, as: UTF8.self),
                status: signal == 0 ? "code \(code)" : "signal \(signal)", isSuccess: ended == 0)
        } catch {
            // The process may have been waited for already; then there is nothing to end.
            if waitpid(process, nil, WNOHANG) == 0 {
                kill(process, SIGKILL)
                waitpid(process, nil, 0)
            }
            throw error
        }
    }

    private static func failure(_ call: String, _ error: Int32) -> Failure {
        Failure(why: "\(call) failed: \(String(cString: strerror(error)))")
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], stream: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stream, 0)
        posix_spawn_file_actions_adddup2(&actions, stream, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, path, &actions, &attributes, words, variables)
        guard result == 0 else { throw failure("posix_spawn", result) }
        return process
    }

    /// Sends all input and returns all output. A program that has ended writes no more, although a child of it may
    /// still hold the socket.
    private static func exchange(
        _ socket: Int32, _ input: [UInt8], _ deadline: ContinuousClock.Instant, hasEnded: () -> Bool
    ) throws(Failure) -> [UInt8] {
        var rest = input[...]
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        if rest.isEmpty { shutdown(socket, Int32(SHUT_WR)) }
        while true {
            // Checked before the socket: all output of an ended program is in the socket by then.
            let isLast = hasEnded()
            var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if !rest.isEmpty { state.events |= Int16(POLLOUT) }
            let ready = poll(&state, 1, isLast ? 0 : min(50, try milliseconds(until: deadline)))
            if ready < 0 && errno != EINTR { throw failure("poll", errno) }
            if ready == 0, isLast { return output }
            guard ready > 0 else { continue }
            if state.revents & Int16(POLLOUT) != 0, !rest.isEmpty {
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, flags) }
                if sent > 0 {
                    rest = rest.dropFirst(sent)
                } else if errno == EPIPE || errno == ECONNRESET {
                    // The program does not read its input; its output is read below.
                    rest = []
                } else if errno != EAGAIN && errno != EINTR {
                    throw failure("send", errno)
                }
                if rest.isEmpty { shutdown(socket, Int32(SHUT_WR)) }
            }
            if state.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count == 0 || (count < 0 && errno == ECONNRESET) { return output }
                if count < 0 && errno != EAGAIN && errno != EINTR { throw failure("recv", errno) }
                if count > 0 { output += buffer[..<count] }
                guard output.count <= maximumOutput else { throw Failure(why: "it said more than 1 MiB") }
            }
        }
    }

    /// How a process ended, as waitpid(2) has it; `nil` while it runs.
    private static func exitStatus(of process: pid_t) -> Int32? {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) == process ? status : nil
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) throws(Failure) -> Int32 {
        let left = deadline - ContinuousClock.now
        guard left > .zero else { throw Failure(why: "it did not end in time and was stopped") }
        return Int32(clamping: left / .milliseconds(1) < 1 ? 1 : Int(left / .milliseconds(1)))
    }
}
