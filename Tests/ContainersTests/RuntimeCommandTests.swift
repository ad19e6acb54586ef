import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

@Suite("What runtimes are told and what they say", .timeLimit(.minutes(2)))
struct RuntimeCommandTests {
    private let crun = Crun(root: "/run/t", cgroups: .cgroupfs)
    private let runc = GenericRuntime(program: "runc", root: "/run/t")

    @Test("command lines")
    func commandLines() throws {
        let run = crun.runCommand(
            "a", bundle: "/b", pidFile: "/p", preservedDescriptors: 2, consoleSocket: "/c.sock")
        #expect(run.program == "crun")
        #expect(
            run.arguments == [
                "--root", "/run/t", "--cgroup-manager", "cgroupfs", "run", "--detach", "--bundle", "/b", "--pid-file",
                "/p",
                "--preserve-fds", "2", "--console-socket", "/c.sock", "a",
            ])
        #expect(
            runc.runCommand("a", bundle: "/b", pidFile: "/p").arguments
                == ["--root", "/run/t", "run", "--detach", "--bundle", "/b", "--pid-file", "/p", "a"])
        #expect(runc.killCommand("a", signal: 15).arguments.suffix(3) == ["kill", "a", "15"])
        #expect(runc.deleteCommand("a", force: true).arguments.suffix(3) == ["delete", "--force", "a"])
        let specification = RuntimeSpecification(process: .init(cwd: "/"))
        let record = try EntryRecord(specification, id: "a", runtime: runc)
        let document = try record.document(for: ExecRequest(["id"]))
        let exec = record.command(document: document)
        #expect(exec.program == "runc")
        #expect(exec.arguments.suffix(4) == ["exec", "--process", "/proc/self/fd/9", "a"])
        #expect(exec.descriptors == [0: 0, 1: 1, 2: 2, 9: document.rawValue])
    }

    @Test(
        "an error of a runtime becomes one line",
        arguments: [
            ("error opening file `/x/status`: No such file\n", "error opening file `/x/status`: No such file"),
            ("2026-11-23T23:44:52.687846Z: setrlimit: not permitted\n", "setrlimit: not permitted"),
            (
                "time=\"2026-11-23T23:44:52Z\" level=error msg=\"exec: \\\"x\\\": not found\"\n",
                "exec: \"x\": not found"
            ),
            ("one\n\ntwo\n", "one; two"), ("", "crun ended with code 3 and said nothing"),
        ])
    func messages(text: String, expected: String) throws {
        let output = try ProcessOutput.of(.init("/bin/sh", ["-c", "cat >&2; exit 3"]), input: Array(text.utf8))
        #expect(RuntimeMessage.text(of: output, from: "crun") == expected)
    }

    @Test("a runtime that is not there is told apart, a state that is no JSON too")
    func broken() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let missing = GenericRuntime(program: "/nonexistent/runtime", root: directory)
        #expect(throws: ContainersError.self) { try missing.state("a") }
        let error = #expect(throws: ContainersError.self) { try missing.kill("a", signal: 9) }
        #expect(error?.code == .runtimeMissing)
        let odd = GenericRuntime(program: "/bin/echo", root: directory)
        let unclear = #expect(throws: ContainersError.self) { try odd.state("a") }
        #expect(unclear?.code == .runtimeFailed && unclear?.cause != nil)
    }
}
