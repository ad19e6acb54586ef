import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ssh` and `exec`: as if the command ran here.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct EnterTests {
        private func project(_ fixture: Fixture, runtime: String = "crun") throws -> Project {
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
            try project.expectSuccess("up", "--runtime", runtime)
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

        /// Attributes: `environment`, `working_dir`
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

        /// crun gives a program's streams to its user, by changing the files themselves.
        @Test func filesAndDevicesOfTheHostKeepTheirOwner() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("list", "one\ntwo\nthree\n")
                try UserRun.give(project.directory)
                let directory = project.directory
                let owner = try FileManager.default.attributesOfItem(atPath: "\(directory)/list")[.ownerAccountID]
                func text(_ file: String) throws -> String {
                    try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
                }
                func shell(_ script: String) throws -> Command.Output {
                    let trice = try project.command(["exec", "-u", "1000", "box", "--"] + ["sh", "-c"])
                    return try UserRun.command(
                        Command(
                            "sh",
                            ["-c", "cd \(directory) && \(script)", UserRun.program ?? trice.executable]
                                + trice.arguments, environment: trice.environment)
                    ).run()
                }
                expect(
                    try shell("\"$0\" \"$@\" 'cat; echo first; echo second >/dev/stderr' <list >>out 2>&1"), endsWith: 0
                )
                #expect(try text("out") == "one\ntwo\nthree\nfirst\nsecond\n")
                // Large, in both directions.
                expect(
                    try shell(
                        "head -c 3000000 /dev/zero >big; \"$0\" \"$@\" 'cat; cat big 2>/dev/null; exit 3' <big >copy; "
                            + "c=$?; cmp big copy && exit $c"), endsWith: 3)
                // What the program does not read is left to the next reader.
                let rest = try shell(
                    "while read -r word; do echo \"$word\"; \"$0\" \"$@\" 'dd bs=4 count=1 2>/dev/null'; done <list")
                #expect(rest.standardOutput == "one\ntwo\nthree\n", "\(rest)")
                // What a program leaves behind goes on writing.
                let begun = ContinuousClock.now
                expect(try shell("\"$0\" \"$@\" '(sleep 6; echo late) & echo soon' >later"), endsWith: 0)
                #expect(ContinuousClock.now - begun < .seconds(5))
                #expect(try eventually(within: .seconds(20)) { try text("later") == "soon\nlate\n" })
                expect(try shell("\"$0\" \"$@\" 'cat; echo x' </dev/null >/dev/null 2>&1"), endsWith: 0)
                for file in ["list", "out", "copy", "later"] {
                    let found = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(file)")
                    #expect(found[.ownerAccountID] as? UInt32 == owner as? UInt32, "\(file)")
                }
            }
        }

        /// A service's user must not become the owner of the host's /dev/null.
        @Test(.needsRoot(.deviceNodes)) func theNullDeviceOfTheHostStaysRoots() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      box:
                        image: bootstrap:busybox
                        command: sleep 1000
                        user: "1000"
                        healthcheck: {test: ["CMD", "true"], interval: 1s}
                        post_start: [{command: ["true"]}]

                    """)
                let null = "\(fixture.directory)/null"
                try #require(mknod(null, S_IFCHR | 0o666, 1 << 8 | 3) == 0 && chmod(null, 0o666) == 0)
                let trice = try project.command([])
                let script = """
                    set -e; mount --bind \(null) /dev/null; exec </dev/null
                    "$0" up; "$0" exec box -- true; "$0" exec -d box -- true; "$0" run --rm box true; sleep 2; "$0" down
                    """
                let output = try Command(
                    "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, trice.executable],
                    environment: trice.environment, directory: project.directory
                ).run()
                expect(output, endsWith: 0)
                let found = try FileManager.default.attributesOfItem(atPath: null)
                #expect(found[.ownerAccountID] as? UInt32 == 0 && found[.groupOwnerAccountID] as? UInt32 == 0)
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

        @Test(arguments: ["crun", "runc"])
        func aCommandThatCannotRunHasTheCodesOfAShell(runtime: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, runtime: runtime)
                try project.expectSuccess(
                    "exec", "box", "--", "sh", "-c",
                    """
                    cd /tmp; echo data > data; printf '#!/nonexistent/shell\n' > script; chmod 755 script
                    echo text > text; chmod 755 text; printf '\\177ELF\\002\\001' > damaged; chmod 755 damaged
                    printf '#!/tmp/data\n' > unfit-script; chmod 755 unfit-script
                    """)
                for missing in ["no-such-program", "/no/such/program", "./script"] {
                    expect(
                        try project.trice("exec", "box", "--", missing), endsWith: 127, saying: missing, "box")
                }
                for unfit in ["./data", "/tmp", "./text", "./damaged", "./unfit-script"] {
                    expect(try project.trice("ssh", "box", unfit), endsWith: 126, saying: unfit, "box")
                }
                // One sentence of Trice's, and none of the runtime's.
                for words in ["no-such-program", "./script", "./data"] {
                    let output = try project.trice("exec", "box", "--", words)
                    #expect(output.standardError.split(separator: "\n").count == 1, "\(output.description)")
                }
                // At a terminal as well.
                let terminal = try Terminal(project.command(["ssh", "box", "--", "no-such-program"]))
                #expect(terminal.wait() == .code(127), "\(terminal.screen)")
                // A program that ends so itself says nothing of Trice.
                let own = try project.trice("exec", "box", "--", "sh", "-c", "no-such-program")
                expect(own, endsWith: 127)
                #expect(!own.standardError.contains("trice"))
            }
        }

        /// Ctrl-C at a terminal whose output goes elsewhere: the signal reaches all that the command started.
        @Test(arguments: [
            "ssh box -- sh -c \"echo is' 'ready; sleep 51; true\" | cat",
            "ssh -T box -- sh -c \"echo is' 'ready; sleep 51; true\"",
        ])
        func ctrlCEndsWhatHasNoTerminal(arguments: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let trice = try project.command([])
                let shell = Command(
                    "/bin/sh", ["-i"], environment: trice.environment, directory: trice.directory)
                let terminal = try Terminal(shell)
                terminal.type("\(trice.executable) \(arguments)\n")
                #expect(terminal.shows("is ready"), "\(terminal.screen)")
                terminal.type("\u{3}")
                // Typed in two parts, so that the echo of what is typed is not taken for the answer.
                terminal.type("echo pro'mpt'\n")
                #expect(terminal.shows("prompt"), "\(terminal.screen)")
                terminal.type("exit\n")
                _ = terminal.wait()
                // Nothing of it goes on inside.
                let isGone = try eventually {
                    try !project.expectSuccess("exec", "box", "--", "ps").contains("sleep 51")
                }
                #expect(isGone)
            }
        }

        @Test func closedStreamsAreEmpty() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let trice = try project.command([])
                for (closed, words) in [
                    ("<&-", ["cat"]), ("<&-", ["wc", "-c"]), ("<&- >&-", ["cat"]), ("2>&-", ["true"]),
                ] {
                    let line = "exec \(trice.executable) exec box \(words.joined(separator: " ")) \(closed)"
                    let output = try Command(
                        "/bin/sh", ["-c", line], environment: trice.environment, directory: trice.directory
                    ).run()
                    expect(output, endsWith: 0)
                    #expect(output.standardOutput == (words == ["wc", "-c"] ? "0\n" : ""), "\(line)")
                }
            }
        }

        /// The names of environment, service and container are part of paths. These are the longest that are valid.
        ///
        /// Attributes: `tty`
        @Test(arguments: ["crun", "runc"]) func longNamesWork(runtime: String) async throws {
            try await withFixture { fixture in
                let service = String(repeating: "s", count: 128)
                let network = String(repeating: "n", count: 128)
                let volume = String(repeating: "v", count: 128)
                let name = fixture.id + String(repeating: "p", count: 103 - fixture.id.utf8.count)
                let project = try fixture.project(
                    """
                    name: \(name)
                    services:
                      \(service):
                        image: bootstrap:busybox
                        command: sh -c 'test -t 0 && echo at a terminal; exec sleep 1000'
                        tty: true
                        stop_grace_period: 0s
                        networks: [\(network)]
                        volumes: ["\(volume):/data"]
                        ports: ["\(Fixture.freePort()):80", "0.0.0.0:\(Fixture.freePort()):81"]
                    networks: { \(network): {} }
                    volumes: { \(volume): {} }
                    """)
                try project.expectSuccess("validate")
                try project.expectSuccess("up", "--runtime", runtime)
                let isAtTerminal = try eventually { try project.expectSuccess("logs").contains("at a terminal") }
                #expect(isAtTerminal)
                let terminal = try Terminal(project.command(["ssh", service, "--", "tty"]))
                #expect(terminal.wait() == .code(0), "\(terminal.screen)")
                #expect(terminal.screen.contains("/dev/pts/"), "\(terminal.screen)")
                #expect(try project.expectSuccess("exec", service, "--", "echo", "inside") == "inside\n")
                #expect(try project.status().running == [service])
                try project.expectSuccess("up", "--runtime", runtime, "--force-recreate")
                try project.expectSuccess("down", "--volumes")
                #expect(try project.status().services.isEmpty)
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
