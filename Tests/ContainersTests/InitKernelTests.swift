import Glibc
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

@Suite(
    "trice-init in real containers", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root and /bin/busybox") { try Requirement.met(.root, .busybox) })
struct InitKernelTests {
    private func configuration(
        _ fixture: ContainerFixture, _ arguments: [String]
    ) throws -> ContainerConfiguration {
        var made = try fixture.configuration("app", arguments)
        made.initProgram = .init(path: try ContainerFixture.initProgram, recordDescriptor: 3)
        return made
    }

    @Test(
        "the record says how the program ended",
        arguments: [
            (["sh", "-c", "exit 7"], "exited 7\n", ""), (["true"], "exited 0\n", ""),
            (["sh", "-c", "kill -9 $$"], "signaled 9\n", ""),
            (["nosuch"], "exited 127\n", "trice-init: nosuch: not found\n"),
            (["/etc/passwd"], "exited 126\n", "trice-init: /etc/passwd: Permission denied\n"),
            // Neither the record nor anything else of ours is open in the program.
            (["sh", "-c", "ls /proc/self/fd | tr '\\n' ' '"], "exited 0\n", "0 1 2 3 "),
        ])
    func record(arguments: [String], record: String, output: String) throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        let process = try fixture.start("app", configuration(fixture, arguments))
        #expect(try process.waitForEnd(milliseconds: 5000))
        #expect(try Files.text(fixture.recordFile("app")) == record)
        #expect(try fixture.output("app") == output)
    }

    @Test("the first process ends with the program's code, or 128 and the signal")
    func exitCode() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        for (script, code) in [("exit 7", Int32(7)), ("kill -15 $$", 143)] {
            let bundle = Bundle(fixture.path.appending("bundle-app"))
            var made = try configuration(fixture, ["sh", "-c", script])
            made.initProgram?.recordDescriptor = nil
            try bundle.write(made.specification(on: fixture.host))
            let arguments = fixture.runtime.globalArguments + ["run", "--bundle", bundle.directory.string, "app"]
            #expect(try ProcessOutput.of(.init(fixture.runtime.program, arguments)).status == .exited(code))
        }
    }

    @Test("signals reach the program", arguments: [(SIGTERM, "TERM"), (SIGUSR1, "USR1"), (SIGHUP, "HUP")])
    func signals(number: Int32, name: String) throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        let script = "trap 'echo got \(name); exit 3' \(name); echo ready; while :; do sleep 0.05; done"
        let process = try fixture.start("app", configuration(fixture, ["sh", "-c", script]))
        try fixture.waitForOutput("app", "ready")
        #expect(try fixture.runtime.kill("app", signal: number))
        #expect(try process.waitForEnd(milliseconds: 5000))
        #expect(try fixture.output("app").contains("got \(name)"))
        #expect(try Files.text(fixture.recordFile("app")) == "exited 3\n")
    }

    @Test("a program without a handler ends by the signal, which it would not as the first process")
    func defaultAction() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        let process = try fixture.start("app", configuration(fixture, ["sh", "-c", "echo ready; exec sleep 60"]))
        try fixture.waitForOutput("app", "ready")
        #expect(try fixture.runtime.kill("app", signal: SIGTERM))
        #expect(try process.waitForEnd(milliseconds: 5000))
        #expect(try Files.text(fixture.recordFile("app")) == "signaled 15\n")
    }

    @Test("orphans are reaped")
    func zombies() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        // Each inner shell ends before its child, which then falls to the first process.
        let script = """
            for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 0.05 & echo orphan $!' ; done
            sleep 0.5; echo zombies $(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l); echo first $(cat /proc/1/comm)
            """
        func zombies(withInit: Bool) throws -> String {
            var made = try configuration(fixture, withInit ? ["sh", "-c", script] : ["sh", "-c", script + "; true"])
            made.initProgram?.recordDescriptor = nil
            if !withInit {
                // A first process that never waits: the counter must be able to see zombies.
                made.initProgram = nil
                made.arguments = ["sh", "-c", "sh -c \"$SCRIPT\" & exec sleep 2"]
                made.environment.append("SCRIPT=\(script)")
            }
            let text = try fixture.run("app", made)
            #expect(text.components("orphan ") == 8, "\(text)")
            return text
        }
        let with = try zombies(withInit: true)
        #expect(with.contains("zombies 0\n") && with.contains("first trice-init"), "\(with)")
        let without = try zombies(withInit: false)
        #expect(!without.contains("zombies 0\n"), "\(without)")
    }

    @Test("with a terminal the program is in the foreground")
    func terminal() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        var made = try configuration(
            fixture, ["sh", "-c", "test -t 0 && echo tty; cut -d' ' -f1,5,8 /proc/$$/stat; read x; echo read $x"])
        made.initProgram?.recordDescriptor = nil
        made.terminal = .allocated(height: 30, width: 100)
        let bundle = Bundle(fixture.path.appending("bundle-app"))
        try bundle.write(made.specification(on: fixture.host))
        let command =
            ([fixture.runtime.program] + fixture.runtime.globalArguments
            + ["run", "--bundle", bundle.directory.string, "app"]).joined(separator: " ")
        let output = try ProcessOutput.of(
            .init("/usr/bin/script", ["-qefc", command, "/dev/null"]), input: Array("typed\n".utf8))
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(text.contains("tty\r\n"), "\(text)")
        let line = text.split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }.first {
            $0.count == 3 && Int($0[0]) != nil
        }
        let ids = try #require(line, "\(text)")
        #expect(ids[0] != "1" && ids[0] == ids[1] && ids[1] == ids[2], "pid, group and foreground group: \(ids)")
        // Reading from the terminal in the background would stop it instead.
        #expect(text.contains("read typed"), "\(text)")
    }

    @Test("keys of the terminal: Ctrl-Z does not stop it for good, Ctrl-C reaches the program")
    func terminalKeys() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        let script = """
            trap 'echo interrupted; exit 9' INT; echo start; sleep 1; read x; echo read $x; while :; do sleep 0.05; done
            """
        var made = try configuration(fixture, ["sh", "-c", script])
        made.initProgram?.recordDescriptor = nil
        made.terminal = .allocated(height: 30, width: 100)
        let bundle = Bundle(fixture.path.appending("bundle-app"))
        try bundle.write(made.specification(on: fixture.host))
        let run =
            ([fixture.runtime.program] + fixture.runtime.globalArguments
            + ["run", "--bundle", bundle.directory.string, "app"]).joined(separator: " ")
        let keys = "sleep 0.7; printf '\\032'; sleep 0.7; printf 'typed\\n'; sleep 0.7; printf '\\003'; sleep 0.7"
        let output = try ProcessOutput.of(.init("/bin/sh", ["-c", "(\(keys)) | script -qefc '\(run)' /dev/null"]))
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(text.contains("read typed") && text.contains("interrupted"), "\(text)")
        #expect(output.status == .exited(9))
    }

    @Test(
        "wrong use is told and runs nothing",
        arguments: [
            [], ["--"], ["sh"], ["-x", "--", "sh"], ["-x", "-1", "--", "sh"], ["-x", "3z", "--", "sh"],
            ["-x", "500", "--", "sh"],
        ])
    func usage(arguments: [String]) throws {
        let output = try ProcessOutput.of(.init(try ContainerFixture.initProgram.string, arguments))
        #expect(output.status == .exited(125))
        #expect(output.message.hasPrefix("trice-init: ") && !output.message.contains("\n"))
    }
}
