import CLinux
import Glibc
import LinuxSystem
import Supervisor
import SystemPackage
import TestSupport
import Testing

/// A temporary directory, the supervisors that the test started and a fake runtime; everything goes with `close`.
final class Fixture {
    private let temporary: TemporaryDirectory
    let root: FilePath
    let run: FilePath
    let state: FilePath
    private(set) var supervisors: Set<Int32> = []
    private var containers: Set<Int32> = []

    init() throws {
        temporary = try TemporaryDirectory()
        root = FilePath(temporary.path)
        run = root.appending("run")
        state = root.appending("state")
        try Files.createDirectory(run)
        try Files.createDirectory(state)
        // Like `crun run --detach`: starts the container, writes its pid and ends. The container leads a session. It
        // begins only when the shell has become a program that waits for no child, or the shell might take its status.
        let runtime = """
            #!/bin/sh
            pidfile=$1; shift
            rm -f "$pidfile.gate"; mkfifo "$pidfile.gate"
            setsid /bin/busybox sh -c 'read x < "$0"; exec "$@"' "$pidfile.gate" "$@" &
            echo $! > "$pidfile"
            exec /bin/busybox dd if=/dev/null of="$pidfile.gate" 2>/dev/null
            """
        try Files.write(Array(runtime.utf8), to: root.appending("runtime"), mode: 0o755)
    }

    var logs: LogDirectory { LogDirectory(stateDirectory: state) }

    /// The command line of the supervisor for the tests, which lies beside the test program.
    var command: [String] {
        get throws {
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
            var directory = FilePath(
                String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self))
            while !directory.isEmpty {
                directory = directory.removingLastComponent()
                let candidate = directory.appending("supervisor-fixture")
                if Files.exists(candidate) { return [candidate.string, run.string, state.string] }
                if directory.components.isEmpty { break }
            }
            // The test program may be the toolchain's own: then the build directory is told by the arguments.
            for argument in CommandLine.arguments where argument.contains("/.build/") {
                var path = FilePath(argument)
                while !path.components.isEmpty {
                    path = path.removingLastComponent()
                    let candidate = path.appending("supervisor-fixture")
                    if Files.exists(candidate) { return [candidate.string, run.string, state.string] }
                }
            }
            throw SystemError("find", "supervisor-fixture beside \(CommandLine.arguments)", .noSuchFileOrDirectory)
        }
    }

    func connect() throws -> SupervisorClient {
        let client = try SupervisorClient.connect(orStarting: try command, runDirectory: run)
        supervisors.insert(client.pid)
        return client
    }

    /// A start of `script` by busybox's shell.
    func request(
        _ name: String, _ script: String, usesInit: Bool = false, exitRecord: Bool = false, prefix: [String] = []
    ) -> StartRequest {
        let pidFile = run.appending("containers").appending(name).appending("pid").string
        return StartRequest(
            name: name,
            command: [root.appending("runtime").string, pidFile] + prefix + ["/bin/busybox", "sh", "-c", script],
            pidFile: pidFile, usesInit: usesInit, exitRecord: exitRecord)
    }

    @discardableResult
    func start(_ client: SupervisorClient, _ request: StartRequest) throws -> Int32 {
        let pid = try client.start(request)
        containers.insert(pid)
        return pid
    }

    /// Kills the supervisor and waits until it is gone.
    func crash(_ client: SupervisorClient) throws {
        let process = try ProcessDescriptor(pid: client.pid)
        try process.send(signal: SIGKILL)
        _ = try process.waitForEnd(milliseconds: 5000)
        _ = Children.reap(client.pid)
        supervisors.remove(client.pid)
    }

    func log(_ name: String, _ stream: LogStream = .stdout) throws -> String {
        try Files.text(logs.file(name, stream)) ?? ""
    }

    func close() {
        for pid in containers.union(supervisors) where ProcessFacts.startTime(of: pid) != nil { kill(pid, SIGKILL) }
        for pid in supervisors { _ = waitpid(pid, nil, 0) }
        do { try temporary.cleanUp() } catch { Issue.record("\(error)") }
    }

    /// Runs a test's body and cleans up on pass and on fail.
    static func with(_ body: (Fixture) throws -> Void) throws {
        let fixture = try Fixture()
        defer { fixture.close() }
        try body(fixture)
    }
}
