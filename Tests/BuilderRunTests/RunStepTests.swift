import Containers
import Glibc
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

@Suite(
    "RUN steps", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root, crun and /bin/busybox") { try Requirement.met(.root, .busybox, .crun) })
struct RunStepTests {
    @Test("shell form, exec form, variables, directory", arguments: ["crun", "runc"])
    func forms(program: String) async throws {
        let fixture = try RunFixture(program: program)
        defer { fixture.cleanUp() }
        let shell = try await fixture.run(
            fixture.step("echo $A \"$B\"; pwd; echo $HOME; id -u; echo $PATH") {
                $0.environment = ["A=one", "B=two  spaces", "PATH=/bin:/custom"]
                $0.workingDirectory = "/usr/lib"
            })
        #expect(shell.text == "one two  spaces\n/usr/lib\n/root\n0\n/bin:/custom\n")
        var exec = fixture.step("")
        exec.command = .program(["echo", "$A", "it's"])
        #expect(try await fixture.run(exec).text == "$A it's\n")
        exec.command = RunRequest.Command(.shell("echo $0"), shell: ["/bin/sh", "-ec"])
        #expect(try await fixture.run(exec).text == "/bin/sh\n")
    }

    @Test("a script runs through its first line, with the user's rights")
    func script() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        var request = fixture.step("") { $0.user = "nobody" }
        request.command = RunRequest.Command(
            .script(InlineFile(name: "EOF", content: "#!/usr/bin/awk -f\nBEGIN { print \"from awk\" }\n")), shell: [])
        let (step, text) = try await fixture.run(request)
        #expect(text == "from awk\n" && step.isEmpty)
        request.command = .script(InlineFile(name: "EOF", content: "#!/bin/sh\necho $0; id -un; touch /dev/pipes/x\n"))
        let error = try await fixture.failure(request)
        #expect(error.failedStep?.exitCode == 1)
        #expect(error.message.contains("/dev/pipes/EOF\n    nobody"), "\(error.message)")
        request.command = .script(InlineFile(name: "EOF", content: "#!/usr/bin/python3\nprint(1)\n"))
        let missing = try await fixture.failure(request)
        #expect(missing.code == .stepInvalid)
        #expect(missing.message.contains("the image has no /usr/bin/python3"), "\(missing.message)")
    }

    @Test("users by name, number and group; an unknown one is told")
    func users() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        for (user, expected) in [
            ("www-data", "33:33"), ("1234", "1234:0"), ("1234:tty", "1234:5"), ("nobody:0", "65534:0"), ("", "0:0"),
        ] {
            let text = try await fixture.run(fixture.step("echo $(id -u):$(id -g)") { $0.user = user }).text
            #expect(text == expected + "\n")
        }
        let error = try await fixture.failure(fixture.step("id") { $0.user = "app" })
        #expect(error.code == .stepInvalid && error.message.contains("no user `app`"), "\(error.message)")
    }

    @Test("exit codes, signals, the last lines of both streams", arguments: ["crun", "runc"])
    func exitCodes(program: String) async throws {
        let fixture = try RunFixture(program: program)
        defer { fixture.cleanUp() }
        for (script, code) in [
            ("exit 3", Int32(3)), ("exit 127", 127), ("sh -c 'kill -9 $$'; exit $?", 137), ("exit 255", 255),
        ] {
            let error = try await fixture.failure(fixture.step(script))
            #expect(error.code == .stepFailed && error.failedStep?.exitCode == code, "\(script): \(error.message)")
            #expect(error.failedStep?.isKept == false)
        }
        // Two pipes have no order between them but that of time.
        let error = try await fixture.failure(
            fixture.step("for i in $(seq 100); do echo line $i; done; sleep 0.5; echo wrong >&2; exit 2"))
        #expect(
            error.message.contains("ended with code 2") && error.message.hasSuffix("\n    wrong"), "\(error.message)")
        #expect(error.message.contains("    line 100\n") && !error.message.contains("line 80\n"))
        #expect(error.failedStep?.lastLines.count == 20)
    }

    @Test("an image without a shell, a program that is missing", arguments: ["crun", "runc"])
    func missingPrograms(program: String) async throws {
        let fixture = try RunFixture(program: program)
        defer { fixture.cleanUp() }
        let scratch = try await fixture.failure(fixture.step("true") { $0.lowers = [] })
        #expect(scratch.code == .stepInvalid)
        #expect(scratch.message.contains("the image has no /bin/sh, and the shell form"), "\(scratch.message)")
        let error = try await fixture.failure(fixture.step("") { $0.command = .program(["frobnicate", "x"]) })
        #expect(error.code == .stepInvalid)
        #expect(error.message.contains("the image has no program `frobnicate`"), "\(error.message)")
        let empty = try await fixture.failure(fixture.step("") { $0.command = .program([""]) })
        #expect(empty.code == .stepInvalid)
        // Something other than a missing program: the runtime's own words.
        let directory = try await fixture.failure(fixture.step("") { $0.command = .program(["/etc"]) })
        #expect(directory.code == .runtimeFailed, "\(directory.message)")
    }

    @Test("limits: ulimits cut to the host's, shared memory, cgroup")
    func limits() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (_, text) = try await fixture.run(
            fixture.step("ulimit -Hn; ulimit -Sn; df -k /dev/shm | tail -1 | awk '{print $2}'; cat /proc/self/cgroup") {
                $0.resourceLimits = [.init(type: "RLIMIT_NOFILE", soft: 512, hard: 1 << 30)]
                $0.sharedMemorySize = 1 << 20
                $0.resources = .init(memory: .init(limit: 64 << 20))
            })
        let lines = text.split(separator: "\n")
        let hard = min(1 << 30, fixture.host.hardLimits["RLIMIT_NOFILE"] ?? .max)
        #expect(lines.prefix(3) == ["\(hard)", "512", "1024"])
        // The container's own namespace hides where its cgroup is.
        #expect(lines.contains { $0.hasSuffix(":memory:/") || $0 == "0::/" })
        let error = try await fixture.failure(
            fixture.step("x=$(head -c 200m /dev/zero | tr '\\0' x); echo ${#x}") {
                $0.resources = .init(memory: .init(limit: 32 << 20, swap: 32 << 20))
            })
        #expect(error.failedStep?.exitCode == 137 && error.message.contains("memory"), "\(error.message)")
    }

    @Test("networks: none has only a loopback, the host's is the host's; extra hosts")
    func networks() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let script = "readlink /proc/self/ns/net; ls /sys/class/net | wc -l; cat /etc/hosts; cat /etc/resolv.conf"
        let mine = try ProcessOutput.of(.init("/bin/busybox", ["readlink", "/proc/self/ns/net"]))
        let own = String(decoding: mine.standardOutput, as: UTF8.self)
        let none = try await fixture.run(
            fixture.step(script) { $0.extraHosts = [.init(name: "db", address: "10.1.2.3")] }
        ).text
        #expect(!none.contains(own) && none.contains("\n1\n10.1.2.3\tdb\n127.0.0.1\tlocalhost\n"), "\(none)")
        let host = try await fixture.run(fixture.step(script) { $0.network = .host }).text
        #expect(host.hasPrefix(own))
        #expect(host.hasSuffix(try Files.text("/etc/resolv.conf") ?? ""))
        let namespace = try NetworkNamespace.create()
        let file = FilePath("/proc/\(getpid())/fd/\(namespace.rawValue)")
        let marks = Output()
        let given = try await fixture.run(
            fixture.step(script) {
                $0.network = .attached { id in
                    marks.add(OutputLine(stream: .standardOutput, bytes: Array(id.utf8)))
                    return StepAttachment(
                        namespace: file, hosts: "10.9.9.9\tgiven\n", resolvConf: "nameserver 10.9.9.1\n"
                    ) {
                        marks.add(OutputLine(stream: .standardOutput, bytes: Array("detached".utf8)))
                    }
                }
            }
        ).text
        #expect(given.hasSuffix("\n1\n10.9.9.9\tgiven\nnameserver 10.9.9.1\n") && !given.contains(own), "\(given)")
        #expect(marks.lines.map(\.text).last == "detached" && marks.lines.count == 2)
        #expect(marks.text.hasPrefix(fixture.runner.steps.idPrefix))
    }

    @Test("a privileged step may what a sandboxed one may not")
    func security() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let script = "mount -t tmpfs none /mnt && touch /mnt/x; grep Seccomp: /proc/self/status"
        #expect(try await fixture.run(fixture.step(script) { $0.isPrivileged = true }).text == "Seccomp:\t0\n")
        let sandboxed = try await fixture.failure(fixture.step("mount -t tmpfs none /mnt"))
        #expect(sandboxed.failedStep != nil)
        #expect(try await fixture.run(fixture.step("grep Seccomp: /proc/self/status")).text == "Seccomp:\t2\n")
    }

    @Test("output is lossless: large, binary, without an end")
    func output() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let output = Output()
        let script = "seq 200000; printf 'a\\0b\\377\\r\\n\\nlast' >&2; head -c 300000 /dev/zero | tr '\\0' x"
        _ = try await fixture.runner.run(fixture.step(script)) { output.add($0) }
        let numbers = (1...200_000).map { "\($0)\n" }.joined()
        #expect(output.bytes(.standardOutput) == Array(numbers.utf8) + [UInt8](repeating: 0x78, count: 300_000))
        #expect(output.bytes(.standardError) == [0x61, 0, 0x62, 0xff, 0x0d, 0x0a, 0x0a] + Array("last".utf8))
        let errors = output.lines.filter { $0.stream == .standardError }
        #expect(errors.map(\.endsLine) == [true, true, false])
    }

    @Test("a process in the background does not hold the step up")
    func background() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let start = ContinuousClock.now
        #expect(try await fixture.run(fixture.step("sleep 60 & echo done")).text == "done\n")
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
