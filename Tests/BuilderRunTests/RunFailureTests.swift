import Containers
import FoundationEssentials
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

@Suite(
    "What failed steps leave", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root, crun and /bin/busybox") { try Requirement.met(.root, .busybox, .crun) })
struct RunFailureTests {
    @Test("a failed step leaves nothing, and the counter can see what one would leave")
    func nothingIsLeft() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let output = Output()
        let mounts = Self.everyKind(try fixture.directory("context", ["a": "A"]))
        let request = fixture.step("echo up; sleep 0.3; exit 4") { $0.mounts = mounts }
        let running = Task { try await fixture.runner.run(request) { output.add($0) } }
        try await output.wait(for: "up")
        let during = try fixture.leftovers()
        for kind in ["mount", "container", "cgroup", "step"] {
            #expect(during.contains { $0.hasPrefix(kind) }, "\(kind): \(during)")
        }
        await #expect(throws: BuildError.self) { try await running.value }
        #expect(try fixture.leftovers() == [])
    }

    /// One mount of every kind that takes something of the host.
    private static func everyKind(_ context: FilePath) -> [StepMount] {
        let source = MountSource.directory(context, named: "the context")
        return [
            .bind(.init(from: nil, source: "/", target: "/ro", isReadOnly: true), from: source),
            .bind(.init(from: nil, source: "/", target: "/rw", isReadOnly: false), from: source),
            .cache(
                .init(
                    id: "c", target: "/cache", isReadOnly: false, sharing: .locked, from: nil, source: "/",
                    permissions: .standard(0o755)), seed: nil),
            .secret(
                .init(
                    id: "s", target: "/run/secrets/s", variable: "S", isRequired: true, permissions: .standard(0o400)),
                contents: Array("secret".utf8)),
            .ssh(
                .init(id: "default", target: nil, isRequired: true, permissions: .standard(0o600)),
                socket: context.appending("no-agent")),
        ]
    }

    @Test("a step that is kept: a shell sees it as it was, and discarding takes it away")
    func shell() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let context = try fixture.directory("context", ["a": "A"])
        chmod(context.string, 0o777)
        let mounts = Self.everyKind(context)
        let error = try await fixture.failure(
            fixture.step("echo partial > /result; echo w > /rw/b; cd /tmp; exit 9") {
                $0.environment = ["MARK=here"]
                $0.workingDirectory = "/srv"
                $0.user = "www-data"
                $0.lowers = [try? Self.writable(fixture)].compactMap(\.self) + fixture.base
                $0.mounts = mounts
                $0.keepsFailed = true
            })
        let failed = try #require(error.failedStep)
        #expect(failed.exitCode == 9 && failed.isKept)
        #expect(try fixture.leftovers() != [])
        // Another build that begins meanwhile leaves it alone.
        try fixture.runner.removeLeftovers()
        let script = "cat /result /rw/b /ro/a; echo $MARK $S; pwd; id -un; echo more > /result; exit 5"
        let (status, text) = try Self.talk(to: failed, script)
        #expect(status == .exited(5))
        #expect(text == "partial\nw\nAhere secret\n/srv\nwww-data\n")
        #expect(try Self.talk(to: failed, "cat /result").text == "more\n")
        let missing = #expect(throws: BuildError.self) {
            try failed.openShell(.descriptors(input: 0, output: 1, error: 2), arguments: ["/no/such"])
        }
        #expect(missing?.message.contains("/no/such") == true)
        try failed.discard()
        #expect(!failed.isKept)
        #expect(try fixture.leftovers().filter { !$0.hasPrefix("step") } == [])
        #expect(throws: BuildError.self) { try failed.openShell(.terminal) }
    }

    /// A layer whose root anybody may write to.
    private static func writable(_ fixture: RunFixture) throws -> FilePath {
        let layer = try fixture.directory("writable", [:])
        chmod(layer.string, 0o777)
        return layer
    }

    private static func talk(to failed: FailedStep, _ script: String) throws -> (
        status: LinuxSystem.ExitStatus, text: String
    ) {
        let input = try Pipe()
        let output = try Pipe()
        try input.writer.write((script + "\nexit\n").utf8)
        let status = try failed.openShell(
            .descriptors(
                input: input.reader.rawValue, output: output.writer.rawValue, error: output.writer.rawValue))
        try output.reader.setNonblocking()
        return (status, String(decoding: try output.reader.read(), as: UTF8.self))
    }

    @Test("a shell on a terminal has one of its own, of the same size")
    func terminal() async throws {
        try #require(access("/usr/bin/script", X_OK) == 0, "script(1) makes the terminal")
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let command =
            [try Self.fixtureProgram.string, fixture.path.appending("build").string]
            + [fixture.path.appending("runtime").string, "'echo partial > /result; exit 9'"]
            + fixture.base.map { $0.string } + ["--shell"]
        let output = try ProcessOutput.of(
            .init("/usr/bin/script", ["-qec", "stty rows 33 cols 77; " + command.joined(separator: " "), "/dev/null"]),
            input: Array("tty; stty size; cat /result; exit 5\n".utf8))
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(text.contains("/dev/pts/0\r\n33 77\r\npartial\r\n"), "\(text)")
        #expect(output.status == .exited(5), "\(text)")
    }

    @Test("a kept step goes with its value")
    func keptValue() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        var error: BuildError? = try await fixture.failure(fixture.step("exit 1") { $0.keepsFailed = true })
        #expect(error?.failedStep?.isKept == true)
        error = nil
        #expect(try fixture.leftovers() == [])
    }

    @Test("cancellation stops a step within a second, whatever it does", arguments: ["crun", "runc"])
    func cancellation(program: String) async throws {
        let fixture = try RunFixture(program: program)
        defer { fixture.cleanUp() }
        for script in ["echo up; sleep 60", "trap '' TERM INT HUP; echo up; while :; do sleep 1; done", "echo up; yes"]
        {
            let output = Output()
            let request = fixture.step(script)
            let running = Task {
                try await fixture.runner.run(request) { if $0.text == "up" { output.add($0) } }
            }
            try await output.wait(for: "up")
            let start = ContinuousClock.now
            running.cancel()
            let error = await #expect(throws: BuildError.self) { try await running.value }
            #expect(ContinuousClock.now - start < .seconds(1))
            #expect(error?.code == .cancelled)
            #expect(try fixture.leftovers() == [])
        }
    }

    @Test("cancellation at any moment of the start")
    func earlyCancellation() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let mounts = Self.everyKind(try fixture.directory("context", ["a": "A"]))
        for delay in 0..<25 {
            let request = fixture.step("sleep 60") { $0.mounts = mounts }
            let running = Task { try await fixture.runner.run(request) { _ in } }
            try await Task.sleep(for: .microseconds(delay * 1000))
            let start = ContinuousClock.now
            running.cancel()
            let error = await #expect(throws: BuildError.self) { try await running.value }
            #expect(error?.code == .cancelled && ContinuousClock.now - start < .seconds(1), "\(delay): \(error as Any)")
            #expect(try fixture.leftovers() == [], "\(delay) ms")
        }
    }

    @Test("a step whose builder was killed is cleared away by the next build; one that lives is not")
    func killedBuilder() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let output = Output()
        let living = fixture.step("echo up; sleep 60")
        let other = Task { try await fixture.runner.run(living) { output.add($0) } }
        try await output.wait(for: "up")
        let before = try fixture.leftovers()
        let pipe = try Pipe()
        let builder = try ChildProcess.start(
            .init(
                try Self.fixtureProgram.string,
                [
                    fixture.path.appending("build").string, fixture.path.appending("runtime").string,
                    "echo up; trap '' TERM; (while :; do sleep 1; done) & sleep 60",
                ] + fixture.base.map { $0.string }, descriptors: [1: pipe.writer.rawValue]))
        #expect(try String(decoding: pipe.reader.read(), as: UTF8.self) == "up\n")
        kill(builder.pid, SIGKILL)
        _ = try builder.wait()
        let left = try fixture.leftovers()
        #expect(left.filter { $0.hasPrefix("container") }.count == 2)
        #expect(left.filter { $0.hasPrefix("mount") }.count > before.filter { $0.hasPrefix("mount") }.count)
        try fixture.runner.removeLeftovers()
        #expect(try fixture.leftovers() == before)
        other.cancel()
        await #expect(throws: BuildError.self) { try await other.value }
    }

    @Test("a builder that is killed at any moment of the start")
    func killedEarly() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        for delay in stride(from: 4000, to: 40_000, by: 3000) {
            let builder = try ChildProcess.start(
                .init(
                    try Self.fixtureProgram.string,
                    [fixture.path.appending("build").string, fixture.path.appending("runtime").string, "sleep 60"]
                        + fixture.base.map { $0.string }))
            usleep(UInt32(delay))
            kill(builder.pid, SIGKILL)
            _ = try builder.wait()
            try fixture.runner.removeLeftovers()
            // What the runtime had begun when it was killed may take a moment to end.
            usleep(50_000)
            try fixture.runner.removeLeftovers()
            #expect(try fixture.leftovers() == [], "\(delay) µs")
        }
    }

    /// Built beside the tests.
    private static var fixtureProgram: FilePath {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let bundle = Swift.CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
            for place in [FilePath(tests), FilePath(Swift.CommandLine.arguments[0]), FilePath(bundle)] {
                let program = place.removingLastComponent().appending("build-step-fixture")
                if Files.exists(program) { return program }
            }
            return try #require(nil as FilePath?, "build-step-fixture is not built beside \(tests)")
        }
    }

    @Test("steps at once do not disturb each other")
    func concurrency() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        try await withThrowingTaskGroup { group in
            for number in 0..<12 {
                let request = fixture.step("echo \(number) > /n; sleep 0.0\(number % 3); cat /n")
                group.addTask {
                    let (step, text) = try await fixture.run(request)
                    #expect(text == "\(number)\n")
                    #expect(try fixture.tree(step.upper) == ["f n"])
                }
            }
            try await group.waitForAll()
        }
    }
}
