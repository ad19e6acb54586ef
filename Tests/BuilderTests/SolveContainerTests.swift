import Builder
import Containers
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// Builds whose commands run in real containers.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled("containers need root, busybox and crun") { try Requirement.met(.root, .busybox, .crun) })
struct SolveContainerTests {
    let fixture: SolveFixture
    private let runner: StepRunner

    init() throws {
        fixture = try SolveFixture()
        runner = try fixture.containerRunner()
        try fixture.run("mkdir -p src; echo a > src/a.c; echo ignored > src/x.log; echo '**/*.log' > .dockerignore")
    }

    private func build(
        _ text: String, _ options: BuildOptions = BuildOptions(sourceDateEpoch: nil),
        change: (inout BuildRequest) -> Void = { _ in }
    ) async throws -> BuildResult {
        var host = fixture.host()
        host.executor = runner
        let request = fixture.request(text, change)
        return try #require(try await Builder(host: host).build([request], options: options).first)
    }

    @Test func runsInContainers() async throws {
        let text = """
            FROM bootstrap:busybox
            WORKDIR /srv
            RUN id -u > uid && hostname > host && pwd > cwd
            USER 1000
            RUN id -u > /tmp/uid
            """
        let result = try await build(text)
        #expect(try fixture.read("srv/uid", in: result.image) == "0\n")
        #expect(try fixture.read("srv/cwd", in: result.image) == "/srv\n")
        #expect(try fixture.read("tmp/uid", in: result.image) == "1000\n")
        #expect(try await build(text).executed == [])
        #expect(try fixture.leftovers() == [])
    }

    @Test func mountsContextsStagesCachesAndSecrets() async throws {
        let text = """
            FROM bootstrap:busybox AS tools
            RUN mkdir /tools && echo tool > /tools/t
            FROM bootstrap:busybox
            RUN --mount=target=/ctx --mount=from=tools,source=/tools,target=/tools \\
                ls /ctx/src > /list && stat -c %u /ctx/src/a.c >> /list && cat /tools/t >> /list
            RUN --mount=type=cache,target=/cache echo more >> /cache/log; cp /cache/log /log
            RUN --mount=type=secret,id=key cat /run/secrets/key > /key
            """
        func secret(_ value: String) -> (inout BuildRequest) -> Void {
            { $0.secrets = ["key": .value(Array(value.utf8))] }
        }
        let first = try await build(text, change: secret("one"))
        #expect(try fixture.read("list", in: first.image) == "a.c\n0\ntool\n")
        #expect(try fixture.read("log", in: first.image) == "more\n")
        #expect(try fixture.read("key", in: first.image) == "one")
        // A secret is no reason to build anew.
        #expect(try await build(text, change: secret("two")).executed == [])
        try fixture.run("echo b > src/a.c; echo more > src/x.log")
        let second = try await build(text, change: secret("one"))
        #expect(second.executed.first?.hasSuffix(": src/a.c changed") == true)
        #expect(try fixture.read("log", in: second.image) == "more\nmore\n")
        let error = try await solveError {
            _ = try await build("FROM bootstrap:busybox\nRUN --mount=type=secret,id=x,required true\n")
        }
        #expect(error.code == .stepInvalid)
        #expect(error.message.hasPrefix("dockerfile_inline:2: "))
    }

    @Test func showsTheEndOfWhatAFailedStepWrote() async throws {
        let text = "FROM bootstrap:busybox\nRUN echo kept > /kept\nRUN echo wrong >&2; exit 7\n"
        let error = try await solveError {
            _ = try await build(text, BuildOptions(sourceDateEpoch: nil, keepsFailedStep: true))
        }
        let step = try #require(error.failedStep)
        #expect(step.exitCode == 7)
        #expect(error.message.hasPrefix("dockerfile_inline:3: `RUN echo wrong >&2; exit 7` ended with code 7."))
        #expect(error.message.hasSuffix("\n    wrong"))
        let status = try step.openShell(
            .descriptors(input: 0, output: 1, error: 2), arguments: ["/bin/sh", "-c", "test -f /kept"])
        #expect(status.isSuccess)
        try step.discard()
        #expect(try fixture.leftovers() == [])
    }

    @Test func demandsEntitlements() async throws {
        let text = "FROM bootstrap:busybox\nRUN --network=host true\n"
        let error = try await solveError { _ = try await build(text) }
        #expect(error.message.contains("Add `network.host` to `entitlements:`"))
        #expect(try await build(text) { $0.entitlements = [.networkHost] }.executed.count == 1)
    }

    @Test func stopsContainersWhenCancelled() async throws {
        let task = Task { try await build("FROM bootstrap:busybox\nRUN sleep 60\n") }
        try await Task.sleep(for: .milliseconds(700))
        let clock = ContinuousClock()
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(clock.now - start < .seconds(1))
        #expect(try fixture.leftovers() == [])
    }
}
