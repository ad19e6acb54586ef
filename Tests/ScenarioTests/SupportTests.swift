import Glibc
import TestSupport
import Testing

/// The tests' own tools: a tool that is always content would make every test pass.
@Suite(.timeLimit(.minutes(2))) struct SupportTests {
    @Test func tellsHowAProgramEnds() throws {
        #expect(try Command("true").run().exit == .code(0))
        #expect(try Command("sh", ["-c", "exit 7"]).run().exit == .code(7))
        #expect(try Command("sh", ["-c", "kill -TERM $$"]).run().exit == .signal(SIGTERM))
        #expect(try Command("sleep", ["60"]).run(timeout: .milliseconds(100)).exit == .timedOut)
        #expect(throws: TestError.self) { try Command("/no/such/program").run() }
    }

    @Test func keepsOutputAndErrorsApart() throws {
        let output = try Command(
            "sh", ["-c", "cat; echo error >&2; pwd; echo $A"], environment: ["A": "b", "PATH": "/bin:/usr/bin"],
            directory: "/tmp"
        ).run(input: "in\n")
        #expect(output.standardOutput == "in\n/tmp\nb\n")
        #expect(output.standardError == "error\n")
    }

    @Test func isNotHeldUpByADaemon() throws {
        let output = try Command("sh", ["-c", "setsid sleep 2 & echo done"]).run(timeout: .seconds(1))
        #expect(output.exit == .code(0))
        #expect(output.standardOutput == "done\n")
    }

    @Test func terminalHasASize() throws {
        let terminal = try Terminal(
            Command("sh", ["-c", "stty size; read line; stty size; exit 5"]), rows: 33, columns: 99)
        #expect(terminal.shows("33 99"), "\(terminal.screen)")
        try terminal.resize(rows: 44, columns: 111)
        terminal.type("\n")
        #expect(terminal.shows("44 111"), "\(terminal.screen)")
        #expect(terminal.wait() == .code(5))
    }

    @Test func cleansUpLastFirstAndAfterFailures() async throws {
        let log = Log()
        await #expect(throws: TestError.self) {
            try await withFixture { fixture in
                log.directory = fixture.directory
                fixture.onCleanUp { log.add("first") }
                fixture.onCleanUp { throw TestError("cannot") }
                fixture.onCleanUp { log.add("last") }
                throw TestError("the test fails")
            }
        }
        #expect(log.lines == ["last", "first"])
        #expect(access(log.directory, F_OK) != 0)
    }

    @Test func freePortsAreFree() throws {
        let port = try Fixture.freePort()
        let holder = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))
        _ = withExtendedLifetime(holder) {
            #expect(throws: TestError.self) { try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port)) }
        }
    }

    @Test func aMissingRequirementIsNoSuccess() throws {
        #expect(try Requirement.met())
        #expect(Requirement.find("no-such-program") == nil)
    }
}
