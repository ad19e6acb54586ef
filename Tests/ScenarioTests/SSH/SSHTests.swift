import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ssh` of OpenSSH steps inside, with no server in the image.
    @Suite(.timeLimit(.minutes(5)), .openSSH) struct SSHTests {
        @Test(arguments: SSHImage.allCases) func aCommandHasItsStreamsAndItsExitCode(image: SSHImage) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                let words = (image.echo + ["a  b"]).joined(separator: " ")
                #expect(try scene.expect("ssh", "web", words) == (image == .scratch ? "a b\n" : "a b\n"))
                for name in ["web.\(fixture.id)", "web"] {
                    #expect(try scene.expect("ssh", name, (image.echo + ["'a  b'"]).joined(separator: " ")) == "a  b\n")
                }
                if image == .scratch {
                    expect(
                        try scene.ssh("web", "/busybox sh -c 'cat; echo err >&2; exit 42'", input: "typed\n"),
                        endsWith: 42)
                    let missing = try scene.ssh("web", "/no/program")
                    expect(missing, endsWith: 127, saying: "/no/program")
                    expect(try scene.ssh("web", "/busybox echo a | /busybox cat"), endsWith: 1, saying: "has no shell")
                } else {
                    let output = try scene.ssh("web", "cat; echo err >&2; exit 42", input: "typed\n")
                    expect(output, endsWith: 42)
                    #expect(
                        output.standardOutput == "typed\n" && output.standardError == "err\n", "\(output.description)")
                    expect(try scene.ssh("web", "no-such-program"), endsWith: 127)
                }
            }
        }

        @Test(arguments: ["crun", "runc"]) func signalsEndWhatRunsInside(runtime: String) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                if runtime == "runc" { try scene.project.expectSuccess("up", "--runtime", "runc", "--force-recreate") }
                try scene.renew()
                // As with a real sshd: RFC 4254 section 6.10, for which the client has one code.
                for name in ["TERM", "KILL", "SEGV"] {
                    expect(try scene.ssh("web", "kill -\(name) $$"), endsWith: 255)
                    expect(try scene.ssh("-tt", "web", "kill -\(name) $$"), endsWith: 255)
                }
                let told = try scene.ssh("-v", "web", "kill -USR1 $$")
                expect(told, endsWith: 255, saying: "rtype exit-signal")
                // A shell that reports the end of its child has ended by itself.
                expect(try scene.ssh("web", "sleep 100 & kill -TERM $!; wait $!"), endsWith: 128 + SIGTERM)
                expect(try scene.ssh("web", "exit 137"), endsWith: 137)
                let client = try scene.command("ssh", ["web", "sleep 4711"]).start()
                func isSleeping() -> Bool {
                    (try? Command("pgrep", ["-x", "-f", "sleep 4711"]).run().succeeded) == true
                }
                #expect(eventually { isSleeping() })
                client.send(SIGKILL)
                _ = client.wait()
                #expect(eventually { !isSleeping() }, "the program outlives its client")
            }
        }

        @Test(arguments: [SSHImage.busybox, .debian]) func aShellHasATerminalThatFollowsTheWindow(
            image: SSHImage
        ) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                let terminal = try Terminal(scene.command("ssh", ["web"]), rows: 31, columns: 97)
                terminal.type("echo in'side'; tty; stty size\n")
                #expect(terminal.shows("inside"), "\(terminal.screen)")
                // A terminal of the container's own file system.
                #expect(terminal.shows("/dev/pts/0"), "\(terminal.screen)")
                #expect(terminal.shows("31 97"), "\(terminal.screen)")
                try terminal.resize(rows: 41, columns: 121)
                usleep(500_000)
                terminal.type("stty size\n")
                #expect(terminal.shows("41 121"), "\(terminal.screen)")
                terminal.type("sleep 100\n")
                usleep(300_000)
                terminal.type("\u{3}")
                terminal.type("exit 6\n")
                #expect(terminal.wait() == .code(6), "\(terminal.screen)")
                let one = try Terminal(scene.command("ssh", ["-t", "web", "tty; exit 7"]))
                #expect(one.wait() == .code(7) && one.screen.contains("/dev/pts/"), "\(one.screen)")
            }
        }

        /// Attributes: `ssh`, `ssh.user`, `ssh.shell`, `ssh.directory`
        @Test func theEnvfileSaysWhoWhereAndWithWhichShell() async throws {
            try await withFixture { fixture in
                let lines = """
                        ssh:
                          user: dev
                          shell: /bin/sh
                          directory: /home/dev
                    """
                let scene = try SSHScene(fixture, .debian, lines)
                let script = "id -un; pwd; echo $0; echo $HOME"
                let expected = "dev\n/home/dev\n/bin/sh\n/home/dev\n"
                #expect(try scene.expect("ssh", "web", script) == expected)
                let shell = try scene.project.trice("ssh", "web", input: script)
                #expect(shell.standardOutput == expected, "\(shell.description)")
                #expect(try scene.project.expectSuccess("ssh", "web", "--", "id", "-un") == "dev\n")
                // `exec` is for programs, not for people.
                #expect(try scene.project.expectSuccess("exec", "web", "--", "id", "-un") == "root\n")
                // Another user of the image by name.
                #expect(try scene.expect("ssh", "root@web", "id -un") == "root\n")
                // A change needs no new container.
                let before = try scene.project.status().services.first?.pid
                try scene.project.write(
                    "Envfile", try scene.project.read("Envfile").replacing("user: dev", with: "user: root"))
                try scene.project.expectSuccess("up")
                #expect(try scene.project.status().services.first?.pid == before)
                #expect(try scene.project.expectSuccess("ssh", "web", "--", "id", "-un") == "root\n")
            }
        }

        @Test func aControlMasterAnswersSeveralSessions() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let socket = "\(fixture.directory)/master"
                let master = try scene.command("ssh", ["-M", "-S", socket, "-N", "web"]).start()
                #expect(eventually { access(socket, F_OK) == 0 })
                for number in 1...5 {
                    #expect(try scene.expect("ssh", "-S", socket, "web", "echo \(number)") == "\(number)\n")
                }
                expect(try scene.ssh("-S", socket, "web", "exit 9"), endsWith: 9)
                // The connection ends with the container, whose network it would keep.
                try scene.project.expectSuccess("down")
                #expect(eventually { !master.isRunning })
            }
        }

        @Test func nothingIsLeftAfterDown() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                try scene.expect("ssh", "web", "true")
                let keys = "\(fixture.stateDirectory)/ssh/"
                #expect(try FileManager.default.contentsOfDirectory(atPath: keys).count == 2)
                try scene.project.expectSuccess("down")
                #expect(try FileManager.default.contentsOfDirectory(atPath: keys) == ["lock"])
                let left = try Command("pgrep", ["-f", "trice-ssh.*\(fixture.id)"]).run()
                #expect(!left.succeeded, "\(left.description)")
            }
        }
    }
}
