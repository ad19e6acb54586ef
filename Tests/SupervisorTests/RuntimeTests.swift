import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// Real containers by crun, without cgroups, in a state directory of the test's own.
@Suite(
    .timeLimit(.minutes(2)), .serialized,
    .enabled("needs root and crun") { try Requirement.met(.root, .crun, .busybox) })
struct RuntimeTests {
    private func request(
        _ fixture: Fixture, _ name: String, _ script: String, hasTerminal: Bool = false, usesInit: Bool = false
    ) throws -> StartRequest {
        let directory = fixture.run.appending("containers").appending(name)
        let bin = directory.appending("rootfs/bin")
        try Files.createDirectory(bin)
        for path in ["proc", "dev"] { try Files.createDirectory(directory.appending("rootfs").appending(path)) }
        if !Files.exists(bin.appending("busybox")) {
            try Files.write(try Files.read("/bin/busybox"), to: bin.appending("busybox"), mode: 0o755)
        }
        try Files.write(
            Array(try config(script, hasTerminal: hasTerminal).utf8), to: directory.appending("config.json"))
        let pidFile = directory.appending("pid").string
        let log = directory.appending("runtime.log").string
        let console = fixture.root.appending("\(name).console").string
        var command = [
            "crun", "--root", fixture.root.appending("crun").string, "--cgroup-manager=disabled", "--log", log, "run",
            "--detach", "--bundle", directory.string, "--pid-file", pidFile,
        ]
        if hasTerminal {
            command += ["--console-socket", console, "--preserve-fds=2"]
        } else if usesInit {
            command += ["--preserve-fds=1"]
        }
        return StartRequest(
            name: name, command: command + ["trice-test-\(name)"], pidFile: pidFile, usesInit: usesInit,
            exitRecord: usesInit || hasTerminal, runtimeLog: log, consoleSocket: hasTerminal ? console : nil)
    }

    private func config(_ script: String, hasTerminal: Bool) throws -> String {
        let text = String(decoding: try Coding.encode([script]), as: UTF8.self)
        return """
            {"ociVersion":"1.0.0","process":{"terminal":\(hasTerminal),"user":{"uid":0,"gid":0},
            "args":["/bin/busybox","sh","-c",\(text.dropFirst().dropLast())],"cwd":"/","env":["PATH=/bin"]},
            "root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"network"}]},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
            {"destination":"/dev","type":"tmpfs","source":"tmpfs"},
            {"destination":"/dev/pts","type":"devpts","source":"devpts","options":["newinstance","ptmxmode=0666"]}]}
            """
    }

    @Test func aContainerRunsIsAdoptedAndStops() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let script = """
                trap 'echo bye; echo exited 3 >&3; exit 3' TERM; echo up; \
                while true; do /bin/busybox sleep 0.05; done
                """
            let pid = try fixture.start(client, try request(fixture, "web", script, usesInit: true))
            #expect(pid > 0)
            #expect(try eventually { try fixture.log("web") == "up\n" })
            try fixture.crash(client)
            let next = try fixture.connect()
            #expect(try next.status().map(\.pid) == [pid])
            #expect(try next.stop([StopOrder(name: "web")]).map(\.code) == [3])
            #expect(try fixture.log("web") == "up\nbye\n")
        }
    }

    @Test func whatTheRuntimeRefusesIsTold() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let good = try request(fixture, "bad", "true")
            try Files.write(
                Array("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"nowhere\"}}".utf8),
                to: fixture.run.appending("containers/bad/config.json"))
            let error = #expect(throws: SupervisorError.self) { try client.start(good) }
            #expect(error?.code == .runtimeFailed)
            #expect(error?.message.contains("it said nothing") == false, "\(error?.message ?? "")")
        }
    }

    @Test func aTerminalOutlivesTheSupervisor() throws {
        try Fixture.with { fixture in
            var client = try fixture.connect()
            let script =
                "[ -t 0 ] && echo terminal; i=0; while true; do i=$((i+1)); echo line $i; /bin/busybox sleep 0.02; done"
            let pid = try fixture.start(client, try request(fixture, "tty", script, hasTerminal: true))
            #expect(try eventually { try fixture.log("tty").hasPrefix("terminal\r\nline 1\r\n") })
            for _ in 0..<3 {
                try fixture.crash(client)
                client = try fixture.connect()
                #expect(try client.status().map(\.pid) == [pid])
                let length = try fixture.log("tty").utf8.count
                #expect(try eventually { try fixture.log("tty").utf8.count > length + 40 })
            }
            let numbers = try fixture.log("tty").split(separator: "\r\n").dropFirst()
            #expect(numbers.enumerated().allSatisfy { $0.element == "line \($0.offset + 1)" })
            #expect(try client.stop([StopOrder(name: "tty", graceMilliseconds: 0)]).map(\.code) == [137])
        }
    }
}
