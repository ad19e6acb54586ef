import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `attach` with input, to a pipe and to a terminal.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct AttachTests {
        private func project(_ fixture: Fixture, _ keys: String, command: String) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  box:
                    image: bootstrap:busybox
                    command: \(command)
                    stop_grace_period: 0s
                    \(keys)
                """)
            try project.expectSuccess("up")
            return project
        }

        /// Attributes: `stdin_open`
        @Test(arguments: ["init: true", "init: false"])
        func whatIsTypedReachesTheProgram(_ keys: String) async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "stdin_open: true\n    \(keys)",
                    command: "sh -c 'while read line; do test $$line = end && exit 6; echo got $$line; done'")
                let first = try project.command(["attach", "box"]).start(input: "one\ntwo\n")
                #expect(eventually { first.standardOutput == "got one\ngot two\n" }, "\(first.standardOutput)")
                // The end of one client's input is not the end of the program's, nor is the end of the supervisor.
                first.send(SIGKILL)
                _ = first.wait()
                try project.killSupervisor()
                expect(try project.trice("attach", "box", input: "three\nend\n"), endsWith: 6, saying: "got three")
            }
        }

        /// Attributes: `tty`
        @Test(arguments: ["init: true", "init: false"])
        func aTerminalIsConnectedUntilItIsDetached(_ keys: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "tty: true\n    stdin_open: true\n    \(keys)", command: "sh")
                let pid = try project.status().service("box").pid
                let terminal = try Terminal(project.command(["attach", "box"]), rows: 33, columns: 99)
                #expect(
                    eventually {
                        terminal.type("echo $((40 + 2)) from $(stty size)\r")
                        usleep(300_000)
                        return terminal.screen.contains("42 from 33 99")
                    }, "\(terminal.screen)")
                // Not this program, but the one inside is interrupted.
                terminal.type("sleep 100\r")
                usleep(300_000)
                terminal.type("\u{3}")
                terminal.type("echo code $?\r")
                #expect(terminal.shows("code 130"), "\(terminal.screen)")
                terminal.type("\u{10}\u{11}")
                #expect(terminal.wait() == .code(0), "\(terminal.screen)")
                #expect(try project.status().service("box").pid == pid)

                let again = try Terminal(project.command(["attach", "--detach-keys", "ctrl-x,d", "box"]))
                usleep(300_000)
                again.type("\u{18}d")
                #expect(again.wait() == .code(0), "\(again.screen)")
                let last = try Terminal(project.command(["attach", "box"]))
                usleep(300_000)
                last.type("exit 5\r")
                #expect(last.wait() == .code(5), "\(last.screen)")
            }
        }

        @Test func aServiceThatTakesNoInputSaysSo() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "restart: \"no\"",
                    command: "sh -c 'trap \"exit 3\" TERM; while :; do echo here; sleep 0.1; done'")
                let attached = try project.command(["attach", "box"]).start()
                #expect(eventually { attached.standardOutput.contains("here") })
                try project.expectSuccess("kill", "-s", "TERM", "box")
                expect(attached.wait(), endsWith: 3, saying: "`box` takes no input", "`stdin_open`")
                expect(
                    try project.trice("attach", "--detach-keys", "ctrl-", "box"), endsWith: 64, saying: "`ctrl-`",
                    "ctrl-p,ctrl-q")
            }
        }
    }
}
