internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Synchronization
internal import SystemPackage

/// The SSH agents of a build: those of the user, and one for each set of private keys that the build was given.
final class KeyAgents: Sendable {
    private let work: LazyWork
    private let started = Mutex<[[FilePath]: KeyAgent]>([:])

    init(_ work: LazyWork) {
        self.work = work
    }

    /// The socket of an agent.
    ///
    /// - Parameter paths: The socket itself, or the files of keys: an agent that has them is started once.
    func socket(_ paths: [FilePath]) throws(BuildError) -> FilePath {
        try started.withLock { (started) throws(BuildError) in
            if let agent = started[paths] { return agent.socket }
            for path in paths where try Self.isSocket(path) {
                guard paths.count == 1 else {
                    throw BuildError(
                        .invalidRequest,
                        "Could not use the SSH agent \(path) together with keys: give it an id of its own."
                    )
                }
                return path
            }
            let agent = try KeyAgent(keys: paths, in: work.directory().makeDirectory("agent"))
            started[paths] = agent
            return agent.socket
        }
    }

    private static func isSocket(_ path: FilePath) throws(BuildError) -> Bool {
        let status = try attempting("open the SSH key \(path)") { () throws(SystemError) in
            try Files.status(path, followingLinks: true)
        }
        guard let status else {
            throw BuildError(
                .sourceMissing,
                "Could not use the SSH key or agent \(path): there is no such file. Give the path of a private key or of an agent's socket."
            )
        }
        return status.kind == .socket
    }

    /// Variables by which git finds the agent that the build was given; none when it was given none.
    func gitEnvironment(_ request: BuildRequest) throws(BuildError) -> [String: String] {
        guard let paths = request.agents["default"] else { return [:] }
        return ["SSH_AUTH_SOCK": try socket(paths).string]
    }
}

/// A new ssh-agent(1) with some keys; it ends with this value, and with this process in any case.
private final class KeyAgent: Sendable {
    let socket: FilePath
    private let child: ChildProcess
    /// Its closing is the sign to stop.
    private let life: Mutex<Int32>

    /// The agent runs the script, which lasts until its standard input ends, and is ended by it.
    private static let script = """
        if ssh-add -q -- "$@" </dev/null; then echo ready; cat >/dev/null; fi; kill "$SSH_AGENT_PID"
        """

    /// - Parameter directory: Empty, for the socket.
    init(keys: [FilePath], in directory: FilePath) throws(BuildError) {
        socket = directory.appending("s")
        let names = keys.map(\.string).joined(separator: ", ")
        let what = "start an SSH agent for \(names)"
        let input = try attempting(what) { () throws(SystemError) in try Pipe() }
        let output = try attempting(what) { () throws(SystemError) in try Pipe() }
        child = try attempting(what) { () throws(SystemError) in
            // A relative path, since that of a socket has at most 107 bytes. No prompt asks for a passphrase.
            try ChildProcess.start(
                ChildProcess.Command(
                    "env",
                    ["-u", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE=never", "LC_ALL=C", "ssh-agent", "-a", "s"]
                        + ["/bin/sh", "-c", Self.script, "sh"] + keys.map(\.string),
                    descriptors: [0: input.reader.rawValue, 1: output.writer.rawValue, 2: output.writer.rawValue],
                    startsSession: true, workingDirectory: directory))
        }
        // This process keeps only its end of each pipe, so that it notices when the other one closes.
        let reader = try Self.duplicate(output.reader, what)
        _ = consume output
        defer { close(reader) }
        life = Mutex(try Self.duplicate(input.writer, what))
        _ = consume input
        let answer = Self.answer(reader)
        guard answer.hasSuffix("ready\n") else {
            if stop()?.code == 127 {
                throw BuildError(
                    .programMissing,
                    "Could not use the SSH key \(names): the program ssh-agent is not installed. Install openssh-client, or give the socket of an agent."
                )
            }
            let words = answer.split(separator: "\n").joined(separator: " ")
            throw BuildError(
                .sourceMissing,
                "Could not use the SSH key \(names): ssh-add does not take it (\(words)). One with a passphrase is used through your own agent: run ssh-add, and give the build `default`."
            )
        }
    }

    deinit { _ = stop() }

    private static func duplicate(_ descriptor: borrowing OwnedDescriptor, _ what: String) throws(BuildError) -> Int32 {
        let number = descriptor.rawValue
        return try attempting(what) { () throws(SystemError) in
            try systemCall("fcntl", what) { cl_fcntl(number, F_DUPFD_CLOEXEC, 0) }
        }
    }

    private func stop() -> ExitStatus? {
        let descriptor = life.withLock { life in
            defer { life = -1 }
            return life
        }
        guard descriptor >= 0 else { return nil }
        close(descriptor)
        // There is no further way to end a process that ignores SIGKILL.
        return try? child.wait()
    }

    /// The script's output until it is ready, or until it has ended.
    private static func answer(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !bytes.suffix(6).elementsEqual("ready\n".utf8) {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
