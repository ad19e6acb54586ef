import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `run`: one command in a container of its own.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct RunTests {
        private func project(_ fixture: Fixture, file: String = "Envfile") throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  db:
                    image: bootstrap:busybox
                    command: sh -c 'echo up; exec sleep 1000'
                    stop_grace_period: 0s
                  tool:
                    image: bootstrap:busybox
                    entrypoint: ["sh", "-c"]
                    command: ["echo from the file; exit 3"]
                    working_dir: /tmp
                    environment: { A: file, B: file }
                    ports: ["\(Fixture.freePort()):80"]
                    volumes: ["data:/data"]
                    depends_on: [db]
                volumes: { data: {} }
                """, file: file)
        }

        /// Attributes: `command`, `entrypoint`, `environment`, `working_dir`
        @Test(arguments: ["Envfile", "compose.yaml"]) func aCommandHasItsOwnContainer(file: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, file: file)
                // The service's own command, with its exit code; what it depends on comes up.
                let own = try project.trice("run", "--rm", "tool")
                expect(own, endsWith: 3)
                #expect(own.standardOutput == "from the file\n")
                #expect(try project.status().running == ["db"])
                #expect(try project.status().services.map(\.service) == ["db"])
                // Input and both outputs pass, and the words arrive as they are.
                let output = try project.trice(
                    "run", "--rm", "-T", "--entrypoint", "sh", "-e", "A=x $y", "tool", "-c",
                    "cat; echo $A $B; pwd; echo err >&2; exit 5", input: "typed\n")
                expect(output, endsWith: 5)
                #expect(output.standardOutput == "typed\nx $y file\n/tmp\n")
                #expect(output.standardError.hasSuffix("err\n"), "\(output.description)")
                // It knows the others by name.
                expect(
                    try project.trice("run", "--rm", "--no-deps", "tool", "nslookup db"), endsWith: 0,
                    saying: "Name:\tdb")
                try project.expectSuccess("down", "--volumes")
            }
        }

        /// The checks of a service are for its own program.
        @Test(arguments: [
            "healthcheck: {test: [CMD, test, -f, /served], interval: 100ms, retries: 1}",
            "x-trice: {wait: {exec: test -f /served, timeout: 1s}}",
        ])
        func theHealthOfTheServiceIsNotWaitedFor(check: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'touch /served; sleep 1000'
                        stop_grace_period: 0s
                        \(check)
                    """, file: "compose.yaml")
                expect(try project.trice("run", "--rm", "web", "sh", "-c", "sleep 1; exit 7"), endsWith: 7)
                let id = try project.expectSuccess("run", "-d", "web", "sh", "-c", "sleep 1; exit 8")
                    .trimmingCharacters(
                        in: .whitespacesAndNewlines)
                expect(try project.trice("wait", id), endsWith: 8)
                #expect(try project.status().running.isEmpty)
            }
        }

        @Test func whatTheOptionsSay() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("shared/file", "shared\n")
                try project.write("variables", "C=from a file\n")
                let port = try Fixture.freePort()
                let output = try project.trice(
                    "run", "--rm", "--no-deps", "-u", "1000:1001", "-w", "/etc", "-v", "./shared:/shared:ro",
                    "--env-from-file", "variables", "-l", "one=two", "-p", "\(port):81", "--name", "by-hand", "tool",
                    "id -u; id -g; pwd; cat /shared/file; echo $C; hostname; touch /shared/x 2>/dev/null || echo read-only"
                )
                expect(output, endsWith: 0)
                #expect(
                    output.standardOutput == "1000\n1001\n/etc\nshared\nfrom a file\nby-hand\nread-only\n",
                    "\(output.description)")
                #expect(try project.status().services.isEmpty)
                // A mistake in an option is told before anything is made.
                for words in [["-v", "./nothing here:relative"], ["-p", "http:80"], ["-e", "=x"]] {
                    let wrong = try project.command(["run", "--rm"] + words + ["tool", "true"]).run()
                    #expect(!wrong.succeeded, "\(wrong.description)")
                    #expect(try project.status().services.isEmpty)
                }
                expect(try project.trice("run", "--rm", "tol"), endsWith: 1, saying: "tol")
                expect(try project.trice("run", "--rm", "tool", "exec nosuchprogram"), endsWith: 127)
                expect(
                    try project.trice("run", "--rm", "--entrypoint", "nosuchprogram", "tool"), endsWith: 127,
                    saying: "nosuchprogram")
                #expect(try project.status().services.map(\.service) == ["db"])
            }
        }

        @Test func withoutRemovalTheContainerStays() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("run", "--no-deps", "--name", "kept", "tool", "echo changed >/file")
                #expect(try project.status().service("kept").state == "exited")
                #expect(try project.expectSuccess("cp", "kept:/file", "-").contains("changed"))
                // `up` leaves it alone, `rm` and `down` remove it.
                try project.expectSuccess("up", "db")
                #expect(try project.status().services.contains { $0.service == "kept" })
                try project.expectSuccess("rm", "-f")
                #expect(try !project.status().services.contains { $0.service == "kept" })
                try project.expectSuccess("run", "--no-deps", "tool", "true")
                try project.expectSuccess("down")
                #expect(try project.status().services.isEmpty)
            }
        }

        @Test func inTheBackgroundItIsAService() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let name = try project.expectSuccess("run", "-d", "--no-deps", "tool", "echo in the log; sleep 1000")
                    .trimmingCharacters(in: .newlines)
                #expect(name.hasPrefix("tool-run-"))
                #expect(try project.status().running == [name])
                #expect(try eventually { try project.expectSuccess("logs", name).contains("in the log") })
                try project.expectSuccess("exec", name, "true")
                try project.expectSuccess("stop", "-t", "0", name)
                try project.expectSuccess("rm", "-f", name)
                #expect(try project.status().services.isEmpty)
            }
        }

        /// Compose: `run` publishes the ports of `--publish`, and those of the service only with `--service-ports`
        @Test func portsOfTheServiceOnlyWhenAsked() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let plain = try project.expectSuccess("run", "-d", "--no-deps", "tool", "sleep 1000")
                #expect(try project.status().services.allSatisfy { $0.ports.isEmpty })
                try project.expectSuccess("rm", "-fs", plain.trimmingCharacters(in: .newlines))
                let served = try project.expectSuccess(
                    "run", "-d", "--no-deps", "--service-ports", "tool",
                    "mkdir /tmp/www; echo served >/tmp/www/index.html; exec httpd -f -p 80 -h /tmp/www")
                let port = try project.status().port(of: served.trimmingCharacters(in: .newlines), 80)
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "served\n" })
            }
        }

        @Test func aTerminalAndSignalsPass() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let terminal = try Terminal(
                    project.command(["run", "--rm", "--no-deps", "--entrypoint", "sh", "tool"]), rows: 31, columns: 97)
                terminal.type("echo in'side'; stty size\n")
                #expect(terminal.shows("inside", within: .seconds(20)), "\(terminal.screen)")
                #expect(terminal.shows("31 97"), "\(terminal.screen)")
                terminal.type("exit 6\n")
                #expect(terminal.wait() == .code(6), "\(terminal.screen)")
                let script = "trap 'echo got it; exit 5' TERM; echo ready; while true; do usleep 10000; done"
                let command = try project.command(["run", "--rm", "--no-deps", "tool", script]).start()
                #expect(eventually { command.standardOutput.contains("ready") })
                command.send(SIGTERM)
                expect(command.wait(timeout: .seconds(20)), endsWith: 5, saying: "got it")
                #expect(try project.status().services.isEmpty)
            }
        }
    }
}

extension OnHost {
    /// `up` that stays with the services, as in CI.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct UpFollowTests {
        private func project(_ fixture: Fixture) throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  db: { image: "bootstrap:busybox", command: "sleep 1000", stop_grace_period: 0s }
                  test:
                    image: bootstrap:busybox
                    command: sh -c 'echo one; sleep 1; echo two; exit 7'
                    depends_on: [db]
                """, file: "compose.yaml")
        }

        /// Compose: `--exit-code-from` and `--abort-on-container-exit` stop all at the first end and return its code
        @Test func theExitCodeOfOneEndsAll() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                for _ in 0..<2 {
                    let output = try project.trice("up", "--exit-code-from", "test")
                    expect(output, endsWith: 7)
                    // What an earlier run wrote is not shown again.
                    #expect(output.standardOutput == "test-1 | one\ntest-1 | two\n", "\(output.description)")
                    #expect(try project.status().running.isEmpty)
                }
                let any = try project.trice("up", "--abort-on-container-exit", "--no-log-prefix", "--no-attach", "db")
                expect(any, endsWith: 7)
                #expect(any.standardOutput == "one\ntwo\n", "\(any.description)")
                expect(try project.trice("up", "-d", "--follow"), endsWith: 64, saying: "--detach")
            }
        }

        /// A test that fails at once, or before its database is healthy, is no failure of `up`.
        @Test(arguments: ["exit 4", "echo told; exit 4", "sleep 0.3; exit 4"])
        func theExitCodeOfWhatEndsAtOnce(command: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      db:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        healthcheck: { test: "sleep 2", interval: 10s, start_period: 10s }
                      test: { image: "bootstrap:busybox", command: sh -c '\(command)' }
                    """, file: "compose.yaml")
                expect(try project.trice("up", "--abort-on-container-exit", "--exit-code-from", "test"), endsWith: 4)
                #expect(try project.status().running.isEmpty)
                expect(try project.trice("up", "--abort-on-container-failure"), endsWith: 4)
                expect(try project.trice("up", "--exit-code-from", "test", "test"), endsWith: 4)
                // Without an option that follows, `up` itself fails.
                expect(try project.trice("up"), endsWith: 1, saying: "code 4")
            }
        }

        /// Attributes: `attach`
        @Test func aServiceThatIsNotAttachedIsShownOnlyWhereItIsNamed() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      quiet: { image: bootstrap:busybox, command: echo quiet, attach: false }
                      loud: { image: bootstrap:busybox, command: echo loud }
                    """, file: "compose.yaml")
                let follow = ["up", "--force-recreate", "--no-log-prefix", "--follow"]
                #expect(try project.command(follow).run().standardOutput == "loud\n")
                #expect(try project.command(follow + ["--attach", "quiet"]).run().standardOutput == "quiet\n")
                #expect(try project.expectSuccess("logs", "--no-log-prefix", "quiet") == "quiet\n")
            }
        }

        @Test func ctrlCStopsWhatRuns() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let command = try project.command(["up", "--follow", "db"]).start()
                #expect(try eventually(within: .seconds(30)) { try project.status().running == ["db"] })
                usleep(1_000_000)
                command.send(SIGINT)
                expect(command.wait(timeout: .seconds(30)), endsWith: 130)
                #expect(try project.status().running.isEmpty)
            }
        }
    }
}
