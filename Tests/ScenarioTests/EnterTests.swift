import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ssh` and `exec`: as if the command ran here.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct EnterTests {
        private func project(_ fixture: Fixture) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  box:
                    image: bootstrap:busybox
                    command: sleep 1000
                    working_dir: /tmp
                    environment:
                      FROM_FILE: "yes"
                """)
            try project.expectSuccess("up")
            return project
        }

        @Test func exitCodesAndStreamsPass() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                for code: Int32 in [0, 1, 2, 42, 255] {
                    expect(try project.trice("ssh", "box", "--", "sh", "-c", "exit \(code)"), endsWith: code)
                }
                expect(try project.trice("exec", "box", "--", "false"), endsWith: 1)
                expect(try project.trice("exec", "box", "false"), endsWith: 1)
                let output = try project.trice("ssh", "box", "--", "sh", "-c", "cat; echo err >&2", input: "typed\n")
                expect(output, endsWith: 0)
                #expect(output.standardOutput == "typed\n")
                #expect(output.standardError == "err\n")
                // The command's words arrive as they are.
                #expect(
                    try project.expectSuccess("exec", "box", "--", "echo", "a  b", "$HOME", "--") == "a  b $HOME --\n")
                #expect(try !project.trice("exec", "box", "--", "no-such-program").succeeded)
                // The only service may be left out.
                #expect(try project.expectSuccess("ssh", "--", "echo", "hi") == "hi\n")
            }
        }

        @Test func userDirectoryAndVariables() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let script = "id -u; id -g; pwd; echo $A $FROM_FILE"
                #expect(try project.expectSuccess("exec", "box", "--", "sh", "-c", script) == "0\n0\n/tmp\nyes\n")
                #expect(
                    try project.expectSuccess(
                        "exec", "-u", "1000:1001", "-w", "/etc", "-e", "A=x", "-e", "FROM_FILE=no", "box", "--", "sh",
                        "-c", script) == "1000\n1001\n/etc\nx no\n")
            }
        }

        @Test func signalsPass() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                // One that the command dies of.
                expect(try project.trice("exec", "box", "--", "sh", "-c", "kill -TERM $$"), endsWith: 128 + SIGTERM)
                // One that comes from outside and that the command handles.
                let script = "trap 'echo got it; exit 5' TERM; echo ready; while true; do usleep 10000; done"
                let command = try project.command(["exec", "box", "--", "sh", "-c", script]).start()
                let isReady = eventually { command.standardOutput.contains("ready") }
                #expect(isReady)
                command.send(SIGTERM)
                let output = command.wait(timeout: .seconds(10))
                expect(output, endsWith: 5, saying: "got it")
            }
        }

        @Test func terminalPasses() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let terminal = try Terminal(project.command(["ssh", "box"]), rows: 31, columns: 97)
                // Typed in two parts, so that the echo of what is typed is not taken for the answer.
                terminal.type("echo in'side'; stty size\n")
                #expect(terminal.shows("inside"), "\(terminal.screen)")
                #expect(terminal.shows("31 97"), "\(terminal.screen)")
                try terminal.resize(rows: 41, columns: 121)
                usleep(300_000)
                terminal.type("stty size\n")
                #expect(terminal.shows("41 121"), "\(terminal.screen)")
                // Ctrl-C reaches the program inside, not the shell's life.
                terminal.type("sleep 100\n")
                usleep(200_000)
                terminal.type("\u{3}")
                terminal.type("exit 6\n")
                #expect(terminal.wait() == .code(6), "\(terminal.screen)")
            }
        }

        @Test func noTerminalWithoutOne() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("ssh", "box", "--", "sh", "-c", "[ -t 0 ] || [ -t 1 ]"), endsWith: 1)
            }
        }

        @Test func whatIsNotThereIsNamed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("ssh", "bocks", "--", "true"), endsWith: 1, saying: "bocks", "box")
                try project.expectSuccess("down")
                expect(try project.trice("ssh", "box", "--", "true"), endsWith: 1, saying: "up")
            }
        }
    }
}
