import CLinux
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxSystem

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
    /// What the shell script writes when it is started with these descriptors.
    private func output(_ script: String, _ descriptors: (Int32) -> [Int32: Int32]) throws -> String {
        let pipe = try LinuxSystem.Pipe()
        let child = try ChildProcess.start(
            ChildProcess.Command("/bin/sh", ["-c", script], descriptors: descriptors(pipe.writer.rawValue)))
        let reader = try pipe.reader.duplicate()
        _ = consume pipe
        let text = String(decoding: try reader.readToEnd(), as: UTF8.self)
        #expect(try child.wait().isSuccess)
        return text
    }

    private func file(_ text: String) throws -> OwnedDescriptor {
        let file = try OwnedDescriptor.memoryFile("input")
        try file.write(text.utf8)
        lseek(file.rawValue, 0, SEEK_SET)
        return file
    }

    @Test func exchangedDescriptorsArriveExchanged() throws {
        let first = try file("one\n")
        let second = try file("two\n")
        let (one, two) = (first.rawValue, second.rawValue)
        #expect(
            try output("cat /proc/self/fd/\(one); cat /proc/self/fd/\(two)") { [1: $0, one: two, two: one] }
                == "two\none\n")
        _ = consume first
        _ = consume second
    }

    @Test func aCycleOfThreeArrives() throws {
        let first = try file("one\n")
        let second = try file("two\n")
        let third = try file("three\n")
        let (one, two, three) = (first.rawValue, second.rawValue, third.rawValue)
        let text = try output("cat /proc/self/fd/\(one); cat /proc/self/fd/\(two); cat /proc/self/fd/\(three)") {
            [1: $0, one: two, two: three, three: one]
        }
        #expect(text == "two\nthree\none\n")
        _ = consume first
        _ = consume second
        _ = consume third
    }

    @Test func aDescriptorKeepsItsNumberAndMissingStreamsAreNull() throws {
        let input = try file("kept\n")
        let number = input.rawValue
        let text = try output("cat /proc/self/fd/\(number); cat; readlink /proc/self/fd/2") { [1: $0, number: number] }
        #expect(text == "kept\n/dev/null\n")
        _ = consume input
    }
}
