import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Starting programs: descriptors, environment, sessions, signals, and their end.
@Suite(.timeLimit(.minutes(2))) struct SpawnTests {
    private func run(_ script: String, _ change: (inout ChildProcess.Command) -> Void = { _ in }) throws
        -> ProcessOutput
    {
        var command = ChildProcess.Command("/bin/sh", ["-c", script])
        change(&command)
        return try ProcessOutput.of(command)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: [
        ("exit 0", ExitStatus.exited(0), 0), ("exit 7", .exited(7), 7), ("kill -9 $$", .signaled(9), 137),
    ])
    func theEndOfAProgram(script: String, status: ExitStatus, code: Int32) throws {
        let output = try run(script)
        #expect(output.status == status)
        #expect(output.status.code == code)
        #expect(output.status.isSuccess == (code == 0))
    }

    @Test func aMissingProgramIsAnError() {
        let error = #expect(throws: SystemError.self) { try ChildProcess.start(.init("/nonexistent/program")) }
        #expect(error?.errno == .noSuchFileOrDirectory && error?.subject == "/nonexistent/program")
    }

    @Test func inputOutputAndErrorsAreKeptApart() throws {
        let input = [UInt8](repeating: 0x61, count: 300_000)
        let output = try ProcessOutput.of(
            .init("/bin/sh", ["-c", "cat; printf 'first\\nlast\\n\\n' >&2"]), input: input)
        #expect(output.standardOutput == input)
        #expect(output.message == "first\nlast")
    }

    @Test func theEnvironmentIsTheGivenOneAlone() throws {
        let output = try ProcessOutput.of(.init("/usr/bin/env", environment: ["A=b c", "EMPTY="]))
        #expect(text(output.standardOutput) == "A=b c\nEMPTY=\n")
    }

    @Test func itRunsInItsDirectory() throws {
        #expect(text(try run("pwd") { $0.workingDirectory = "/usr/bin" }.standardOutput) == "/usr/bin\n")
    }

    @Test func aSessionOfItsOwn() throws {
        let fields = "cut -d ' ' -f 6 /proc/$$/stat; echo $$"
        let own = try text(run(fields) { $0.startsSession = true }.standardOutput).split(separator: "\n")
        #expect(own.count == 2 && own[0] == own[1])
        let shared = try text(run(fields).standardOutput).split(separator: "\n")
        #expect(shared.first.flatMap { Int32($0) } == getsid(0))
    }

    @Test func signalsAreAsAtTheBeginning() throws {
        let output = try text(run("grep -E '^Sig(Blk|Ign)' /proc/self/status").standardOutput)
        for line in output.split(separator: "\n") {
            #expect(line.split(separator: "\t").last?.allSatisfy { $0 == "0" } == true, "\(line)")
        }
        #expect(output.split(separator: "\n").count == 2)
    }

    /// Two descriptors change places: a source is a target at the same time.
    @Test func descriptorsChangePlaces() throws {
        let first = try LinuxSystem.Pipe()
        let second = try LinuxSystem.Pipe()
        let (a, b) = (first.writer.rawValue, second.writer.rawValue)
        let child = try ChildProcess.start(
            .init("/bin/sh", ["-c", "echo to-a >&\(a); echo to-b >&\(b)"], descriptors: [a: b, b: a]))
        #expect(try child.wait().isSuccess)
        #expect(text(try first.reader.read()) == "to-b\n")
        #expect(text(try second.reader.read()) == "to-a\n")
    }

    @Test func noOtherDescriptorIsInherited() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        try temporary.write("file", "x")
        let leaked = open("\(temporary.path)/file", O_RDONLY)  // without O_CLOEXEC
        defer { close(leaked) }
        let list = "for f in /proc/$$/fd/*; do readlink $f; done"
        #expect(try !text(run(list).standardOutput).contains(temporary.path))
        let given = try run(list) { $0.descriptors[9] = leaked }
        #expect(text(given.standardOutput).contains("\(temporary.path)/file\n"))
    }

    @Test func missingStandardDescriptorsAreNull() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let script = "readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 > \(temporary.path)/list"
        #expect(try ChildProcess.start(.init("/bin/sh", ["-c", script])).wait().isSuccess)
        // The shell redirects the output of `readlink` alone, so its own descriptors are listed.
        #expect(try temporary.read("list") == "/dev/null\n/dev/null\n/dev/null\n")
    }

    @Test func aHandleOnAProcess() throws {
        let child = try ChildProcess.start(.init("/bin/sleep", ["60"]))
        let process = try ProcessDescriptor(pid: child.pid)
        #expect(try !process.waitForEnd(milliseconds: 0))
        let started = try #require(ProcessFacts.startTime(of: child.pid))
        #expect(started > 0 && ProcessFacts.parent(of: child.pid) == getpid())
        #expect(Children.reap(child.pid) == nil)
        #expect(try process.send(signal: SIGKILL))
        #expect(try process.waitForEnd(milliseconds: 10_000))
        // A zombie counts as gone.
        #expect(ProcessFacts.startTime(of: child.pid) == nil)
        #expect(try child.wait() == .signaled(SIGKILL))
        #expect(try !process.send(signal: SIGKILL))
        let error = #expect(throws: SystemError.self) { _ = try ProcessDescriptor(pid: child.pid) }
        #expect(error?.errno == .noSuchProcess)
    }

    @Test func anUnwantedProgramIsKilledWithItsSession() async throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let file = "\(temporary.path)/pid"
        let task = Task {
            try await Cancellation.watching {
                try ProcessOutput.of(
                    .init(
                        "/bin/sh", ["-c", "sleep 60 & echo $! > \(file).new; mv \(file).new \(file); wait"],
                        startsSession: true),
                    isCancellable: true)
            }
        }
        #expect(try await eventually(suspendingWithin: .seconds(20)) { access(file, F_OK) == 0 })
        let grandchild = try #require(Int32(temporary.read("pid").split(separator: "\n").first ?? ""))
        task.cancel()
        let error = await #expect(throws: SystemError.self) { try await task.value }
        #expect(error?.errno == .canceled)
        #expect(try await eventually(suspendingWithin: .seconds(10)) { ProcessFacts.startTime(of: grandchild) == nil })
    }
}
