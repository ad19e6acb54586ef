import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `run` in the foreground: the command is the first process of its container, with the streams of the user.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct RunFirstProcessTests {
        private func project(_ fixture: Fixture) throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web: { image: "bootstrap:busybox", command: "sleep 1000", stop_grace_period: 0s }
                  init: { image: "bootstrap:busybox", command: "sleep 1000", init: true, stop_grace_period: 0s }
                  hooked:
                    image: bootstrap:busybox
                    post_start: [{ command: [touch, /hooked] }]
                    stop_grace_period: 0s
                  named: { image: "bootstrap:busybox", entrypoint: [echo, from], command: [the, file] }
                """, file: "compose.yaml")
        }

        /// `run` by a shell, with what the shell does to its streams.
        private func shell(
            _ script: String, _ project: Project, timeout: Duration = .seconds(60)
        ) throws -> Command.Output {
            var command = try project.command([])
            command.arguments = ["-c", script, command.executable]
            command.executable = "/bin/sh"
            return try command.run(timeout: timeout)
        }

        /// Compose: the command of `run` is the first process of its container
        @Test func theCommandIsTheFirstProcess() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                #expect(try project.expectSuccess("run", "--rm", "web", "sh", "-c", "echo $$") == "1\n")
                #expect(
                    try project.expectSuccess("run", "--rm", "init", "sh", "-c", "[ $$ != 1 ] && echo no") == "no\n")
                // Hooks run in it, unless it has ended before.
                let hooked = try project.trice(
                    "run", "--rm", "hooked", "sh", "-c", "while [ ! -e /hooked ]; do usleep 10000; done; echo hooked")
                expect(hooked, endsWith: 0, saying: "hooked")
                expect(try project.trice("run", "--rm", "hooked", "sh", "-c", "exit 3"), endsWith: 3)
                // Entrypoint and command are as in Compose.
                #expect(try project.expectSuccess("run", "--rm", "named") == "from the file\n")
                #expect(try project.expectSuccess("run", "--rm", "named", "me") == "from me\n")
                #expect(try project.expectSuccess("run", "--rm", "--entrypoint", "echo", "named") == "\n")
                #expect(try project.status().services.isEmpty)
            }
        }

        @Test func theExitCodePasses() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                for service in ["web", "init"] {
                    for (script, code) in [
                        ("exit 0", 0), ("exit 3", 3), ("kill -9 $$; sleep 5 & kill -9 $!; wait $!", 137),
                        ("sleep 5 & kill $!; wait $!", 143),
                    ] as [(String, Int32)] {
                        expect(try project.trice("run", "--rm", service, "sh", "-c", script), endsWith: code)
                    }
                    expect(
                        try project.trice("run", "--rm", service, "nosuchprogram"), endsWith: 127,
                        saying: "nosuchprogram")
                    expect(try project.trice("run", "--rm", service, "/etc"), endsWith: 126, saying: "/etc")
                    #expect(try project.status().services.isEmpty)
                }
                // A container that stays shows the code of its command, and its log what that wrote.
                expect(
                    try project.trice("run", "--name", "kept", "web", "sh", "-c", "echo told; echo err >&2; exit 4"),
                    endsWith: 4, saying: "told")
                let kept = try project.status().service("kept")
                #expect(kept.state == "exited" && kept.exitCode == 4)
                #expect(try project.expectSuccess("logs", "--no-log-prefix", "kept").contains("told\n"))
            }
        }

        @Test func inputAndOutputArriveWhole() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("numbers", (0..<700_000).map { "\($0)\n" }.joined())
                // More than pipes hold, and its end comes.
                let input = try shell(
                    "wc -c <numbers; \"$0\" run --rm -T web wc -c <numbers; cat numbers | \"$0\" run --rm web md5sum | cut -c1-32; "
                        + "md5sum <numbers | cut -c1-32", project)
                let said = input.standardOutput.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                #expect(said.count == 4 && said[0] == said[1] && said[2] == said[3], "\(input.description)")
                // Both outputs whole and in order, also bytes that are no text, and a last line without its end.
                let output = try shell(
                    """
                    "$0" run --rm web sh -c 'seq 1000000; seq 1000000 >&2; printf end' >out 2>err; echo $?
                    { seq 1000000; printf end; } | cmp - out && grep -v '^[a-z]' err | cmp - /dev/fd/3 3<<-X && echo same
                    $(seq 1000000)
                    X
                    "$0" run --rm web sh -c 'head -c 300000 /dev/urandom | tee /dev/stderr' >out 2>err; cmp out err && echo equal
                    """, project)
                #expect(output.standardOutput == "0\nsame\nequal\n", "\(output.description)")
                // A reader that has seen enough ends it.
                let enough = try shell("\"$0\" run --rm web yes | head -n 2; \"$0\" ps -aq", project)
                #expect(enough.standardOutput == "y\ny\n", "\(enough.description)")
                // A closed input is an empty one.
                let closed = try shell("\"$0\" run --rm web cat <&-; echo $?", project)
                #expect(closed.standardOutput == "0\n", "\(closed.description)")
                // Compose's own way to say so.
                let dropped = try project.trice("run", "--rm", "--interactive=false", "web", "cat", input: "lost\n")
                expect(dropped, endsWith: 0)
                #expect(dropped.standardOutput.isEmpty)
                #expect(try project.status().services.isEmpty)
            }
        }

        @Test func aTerminalIsThatOfTheUser() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let first = try Terminal(
                    project.command(["run", "--rm", "web", "sh", "-c", "stty size; echo $$ $TERM; tty"]), rows: 33,
                    columns: 101)
                #expect(first.wait() == .code(0), "\(first.screen)")
                #expect(first.screen.contains("33 101\r\n1 "), "\(first.screen)")
                let terminal = try Terminal(project.command(["run", "--rm", "web", "sh"]), rows: 31, columns: 97)
                terminal.type("echo in'side'\n")
                #expect(terminal.shows("inside", within: .seconds(20)), "\(terminal.screen)")
                try terminal.resize(rows: 22, columns: 77)
                let isResized = eventually {
                    terminal.type("stty size\n")
                    usleep(200_000)
                    return terminal.screen.contains("22 77")
                }
                #expect(isResized, "\(terminal.screen)")
                // Ctrl-C goes to what runs in the foreground of the shell.
                terminal.type("sleep 1000\n")
                usleep(500_000)
                terminal.type("\u{3}")
                terminal.type("echo code $?\n")
                #expect(terminal.shows("code 130"), "\(terminal.screen)")
                // Ctrl-D ends it.
                terminal.type("\u{4}")
                #expect(terminal.wait() == .code(130) || terminal.screen.contains("code 130"), "\(terminal.screen)")
                #expect(try project.status().services.isEmpty)
            }
        }

        @Test func signalsReachTheCommand() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let script = "trap 'echo got it; exit 5' INT TERM; echo ready; while true; do usleep 10000; done"
                for signal in [SIGINT, SIGTERM] {
                    let command = try project.command(["run", "--rm", "web", "sh", "-c", script]).start()
                    #expect(eventually(within: .seconds(20)) { command.standardOutput.contains("ready") })
                    command.send(signal)
                    expect(command.wait(timeout: .seconds(20)), endsWith: 5, saying: "got it")
                }
                // A first process takes no signal that it has no handler for; the third one kills it.
                let deaf = try project.command(["run", "--rm", "web", "sh", "-c", "echo ready; exec sleep 1000"])
                    .start()
                #expect(eventually(within: .seconds(20)) { deaf.standardOutput.contains("ready") })
                for _ in 0..<3 {
                    deaf.send(SIGTERM)
                    usleep(100_000)
                }
                expect(deaf.wait(timeout: .seconds(20)), endsWith: 137)
                #expect(try project.status().services.isEmpty)
            }
        }

        /// A client that is killed leaves its container to run on, and that goes with its end where `--rm` says so.
        @Test func whatAKilledClientLeavesIsRemovedAtItsEnd() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up", "web")
                func names() throws -> [String] { try project.status().services.map(\.service) }
                let command = try project.command(
                    ["run", "--rm", "--name", "left", "-v", "/data", "web", "sh", "-c", "echo ready; sleep 4"]
                ).start()
                #expect(eventually(within: .seconds(20)) { command.standardOutput.contains("ready") })
                command.send(SIGKILL)
                _ = command.wait()
                #expect(try names() == ["left", "web"])
                #expect(try eventually(within: .seconds(20)) { try names() == ["web"] })
                // One that ends when its input does.
                let reader = try shell(
                    "sleep 3 | { \"$0\" run --rm --name reader web sh -c 'echo ready; cat' & sleep 2; kill -9 $!; sleep 1; }",
                    project)
                #expect(reader.standardOutput == "ready\n", "\(reader.description)")
                #expect(try eventually(within: .seconds(20)) { try names() == ["web"] })
                // In the background.
                try project.expectSuccess("run", "--rm", "-d", "--name", "behind", "web", "sleep", "3")
                #expect(try names() == ["behind", "web"])
                expect(
                    try project.trice("run", "--rm", "--name", "behind", "web", "true"), endsWith: 1,
                    saying: "behind", "--name")
                #expect(try eventually(within: .seconds(20)) { try names() == ["web"] })
            }
        }

        @Test func twoAtOnce() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up", "web")
                let commands = try (1...3).map {
                    try project.command(["run", "--rm", "web", "sh", "-c", "echo $0; sleep 1; cat; exit $0", "\($0)"])
                        .start(input: "input \($0)\n")
                }
                for (number, command) in zip(1..., commands) {
                    let output = command.wait()
                    expect(output, endsWith: Int32(number))
                    #expect(output.standardOutput == "\(number)\ninput \(number)\n", "\(output.description)")
                }
                #expect(try project.status().services.map(\.service) == ["web"])
            }
        }

        @Test func aKilledSupervisorLosesNothing() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up", "web")
                let command = try project.command(
                    ["run", "--rm", "web", "sh", "-c", "for i in $(seq 20); do echo $i; sleep 0.1; done; exit 9"]
                ).start()
                #expect(eventually(within: .seconds(20)) { command.standardOutput.contains("3\n") })
                let supervisor = try #require(try project.status().supervisor?.pid)
                kill(supervisor, SIGKILL)
                let output = command.wait()
                expect(output, endsWith: 9)
                #expect(output.standardOutput == (1...20).map { "\($0)\n" }.joined(), "\(output.description)")
                #expect(try project.status().services.map(\.service) == ["web"])
            }
        }
    }
}
