import Testing

@testable import Execution

/// What runs the script of a step.
@Suite(.timeLimit(.minutes(1))) struct ProvisionScriptTests {
    private func interpreter(_ text: String) throws -> [String] { try ProvisionScript(Array(text.utf8)).interpreter }

    @Test func theFirstLineDecides() throws {
        #expect(try interpreter("echo hi\n") == ["/bin/sh"])
        #expect(try interpreter("") == ["/bin/sh"])
        #expect(try interpreter("# comment\n") == ["/bin/sh"])
        #expect(try interpreter("#!/bin/bash\necho") == ["/bin/bash"])
        #expect(try interpreter("#!/bin/bash") == ["/bin/bash"])
        #expect(try interpreter("#! /usr/bin/env  python3 -u \nx") == ["/usr/bin/env", "python3 -u"])
        #expect(try ProvisionScript([0x7f, 0x45, 0x4c, 0x46, 0x0d, 0x0a]).interpreter == [])
    }

    @Test func theScriptAndItsArgumentsFollow() throws {
        let script = try ProvisionScript(Array("#!/bin/bash -e\n".utf8))
        #expect(script.command(at: "/x", ["--all", "a b"]) == ["/bin/bash", "-e", "/x", "--all", "a b"])
    }

    @Test func lineEndsOfWindowsAreRefused() {
        for (text, line) in [("#!/bin/sh\r\necho\r\n", 1), ("a\nb\r\nc", 2)] {
            let error = #expect(throws: ProvisionScript.Problem.self) { try interpreter(text) }
            #expect(error?.words.contains("(CRLF), the first in line \(line)") == true)
        }
        // A carriage return inside of a line is the script's own.
        #expect(throws: Never.self) { try interpreter("printf 'a\rb'\n") }
        #expect(throws: ProvisionScript.Problem.self) { try interpreter("#!\n") }
    }

    @Test func bytesBecomeLines() {
        var reader = LineReader()
        #expect(reader.take(Array("a\nb".utf8)) == ["a"])
        #expect(reader.take(Array("c\n\n".utf8)) == ["bc", ""])
        #expect(reader.finish() == nil)
        #expect(reader.take(Array("rest".utf8)) == [])
        #expect(reader.finish() == "rest")
        #expect(reader.take([UInt8](repeating: 97, count: 65536 + 3)).map(\.count) == [65536])
    }
}
