import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// What `run` adds to a start, with shells as containers.
@Suite(.timeLimit(.minutes(2)), .serialized) struct OneOffTests {
    @Test func theInputThatComesWithARequestComesToItsEnd() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            // A shell gives what it starts in the background no input of its own accord.
            let runtime = fixture.root.appending("runtime-with-input")
            let usual = try #require(try Files.text(fixture.root.appending("runtime")))
            let text = usual.replacing("#!/bin/sh\n", with: "#!/bin/sh\nexec 5<&0\n")
                .replacing("\"$@\" &", with: "\"$@\" <&5 5<&- &")
            try Files.write(text.utf8, to: runtime, mode: 0o755)
            var request = fixture.request("cat", "cat; exit 3")
            request.command[0] = runtime.string
            let input = try InputPipe()
            _ = try input.giveReader { try client.start(request, input: $0) }
            let numbers = (0..<100_000).map { "\($0)\n" }.joined()
            let file = fixture.root.appending("input")
            try Files.write(numbers.utf8, to: file)
            let source = try OwnedDescriptor.open(file)
            input.fill(from: source.rawValue)
            #expect(try client.wait(for: "cat").code == 3)
            #expect(try fixture.log("cat") == numbers)
        }
    }

    /// Parts of both outputs in the order in which they came, however often one looks.
    @Test func bytesOfBothOutputsComeInOrder() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            _ = try client.start(
                fixture.request("loud", "for i in 1 2 3; do printf o$i; sleep 0.1; printf e$i >&2; sleep 0.1; done"))
            var bytes = try LogBytes(directory: fixture.logs, container: "loud")
            var seen = ""
            _ = try eventually {
                while let part = try bytes.next() { seen += String(decoding: part.bytes, as: UTF8.self) }
                return seen.count == 12
            }
            #expect(seen == "o1e1o2e2o3e3")
            #expect(try bytes.next()?.bytes == nil)
            #expect(try bytes.rest()?.bytes == nil)
            // What has no time comes at last.
            let file = try OwnedDescriptor.open(fixture.logs.file("loud", .stderr), O_WRONLY | O_APPEND)
            try file.write(Array("last".utf8))
            #expect(try bytes.next()?.bytes == nil)
            #expect(try bytes.rest()?.bytes == Array("last".utf8))
            var none = try LogBytes(directory: fixture.logs, container: "none")
            #expect(try none.next()?.bytes == nil)
        }
    }

    /// The supervisor removes for a client that is gone, and not for one that lives.
    @Test func aRemovalWaitsForTheEndOfItsClient() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let waiting = try ChildProcess.start(ChildProcess.Command("/usr/bin/sleep", ["1000"]))
            func start(_ name: String, client pid: Int32?) throws -> FilePath {
                let mark = fixture.root.appending("removed-\(name)")
                var request = fixture.request(name, "exit 0")
                request.removal = Removal(
                    command: ["/usr/bin/touch", mark.string], client: pid,
                    clientStartTime: pid.flatMap { ProcessFacts.startTime(of: $0) })
                _ = try client.start(request)
                _ = try client.wait(for: name)
                return mark
            }
            let behind = try start("behind", client: nil)
            #expect(eventually { Files.exists(behind) })
            let left = try start("left", client: waiting.pid)
            let removed = try start("removed", client: waiting.pid)
            try client.forget("removed")
            usleep(200_000)
            #expect(!Files.exists(left))
            kill(waiting.pid, SIGKILL)
            _ = try waiting.wait()
            #expect(eventually { Files.exists(left) })
            usleep(200_000)
            #expect(!Files.exists(removed))
        }
    }
}
