import CLinux
import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

@Suite(.timeLimit(.minutes(2))) struct LogTests {
    private func append(_ text: String, time: UInt64, _ name: String, _ stream: LogStream, _ logs: LogDirectory) throws
    {
        try Files.createDirectory(logs.path)
        let file = try OwnedDescriptor.open(logs.file(name, stream), O_RDWR | O_CREAT | O_APPEND)
        try file.write(Array(text.utf8))
        let index = try OwnedDescriptor.open(logs.index(name, stream), O_WRONLY | O_CREAT | O_APPEND)
        try index.write(LogIndex.Record(end: try file.sizeAndTime().size, time: time).bytes)
    }

    @Test func recordsComeBackAndTornOnesDoNot() {
        let records = [LogIndex.Record(end: 1 << 40, time: 7), LogIndex.Record(end: 0xFFFF_FFFF_FFFF_FFFF, time: 1)]
        let bytes = records.flatMap(\.bytes)
        #expect(LogIndex.records(in: bytes) == records)
        #expect(LogIndex.records(in: Array(bytes.dropLast(1))) == [records[0]])
        #expect(LogIndex.records(in: []) == [])
    }

    @Test func linesOfSeveralContainersComeInTheOrderOfTime() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            try append("a1\na2", time: 10, "a", .stdout, logs)
            try append("b1\n", time: 20, "b", .stdout, logs)
            try append("e1\n", time: 15, "a", .stderr, logs)
            try append(" more\nrest", time: 30, "a", .stdout, logs)
            var reader = try LogReader(directory: logs, containers: ["a", "b", "none"])
            let lines = try reader.next()
            #expect(lines.map(\.text) == ["a1", "e1", "b1", "a2 more"])
            #expect(lines.map(\.time) == [10, 15, 20, 30])
            #expect(lines.map(\.stream) == [.stdout, .stderr, .stdout, .stdout])
            #expect(try reader.next() == [])
            let last = reader.finish()
            #expect(last.map(\.text) == ["rest"])
            #expect(last.first?.isPartial == true)
            #expect(reader.finish() == [])
        }
    }

    @Test func aLineWithoutItsEndIsOneOfTheLast() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            try append("one\ntwo\nhalf", time: 10, "a", .stdout, logs)
            try append("error\nhal", time: 20, "a", .stderr, logs)
            for (count, whole, open) in [
                (0, [], []), (1, [], ["hal"]), (2, [], ["half", "hal"]), (3, ["error"], ["half", "hal"]),
                (9, ["one", "two", "error"], ["half", "hal"]),
            ] {
                var reader = try LogReader(directory: logs, containers: ["a"], tail: count)
                #expect(try reader.next().map(\.text) == whole, "--tail \(count)")
                #expect(reader.finish().map(\.text) == open, "--tail \(count)")
            }
        }
    }

    @Test func tailAndSinceBeginLate() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            for number in 1...5000 { try append("line \(number)\n", time: UInt64(number), "a", .stdout, logs) }
            try append("oops\n", time: 4999, "a", .stderr, logs)
            var reader = try LogReader(directory: logs, containers: ["a"], tail: 3)
            #expect(try reader.next().map(\.text) == ["line 4999", "oops", "line 5000"])
            #expect(try reader.next() == [])
            var none = try LogReader(directory: logs, containers: ["a"], tail: 0)
            #expect(try none.next() == [])
            try append("new\n", time: 6000, "a", .stdout, logs)
            #expect(try none.next().map(\.text) == ["new"])
            var since = try LogReader(directory: logs, containers: ["a"], streams: [.stdout], since: 4998)
            #expect(try since.next().map(\.text) == ["line 4998", "line 4999", "line 5000", "new"])
        }
    }

    @Test func bytesThatAreNoTextAndLongLinesSurvive() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            try Files.createDirectory(logs.path)
            let long = [UInt8](repeating: 0x61, count: 200_000)
            try Files.write([0xFF, 0xC3, 10, 10] + long + [10], to: logs.file("a", .stdout))
            var reader = try LogReader(directory: logs, containers: ["a"])
            var lines: [LogLine] = []
            while true {
                let batch = try reader.next()
                if batch.isEmpty { break }
                lines += batch
            }
            #expect(lines[0].bytes == [0xFF, 0xC3])
            #expect(lines[1].bytes == [])
            #expect(lines.dropFirst(2).flatMap(\.bytes) == long)
            #expect(lines.dropFirst(2).dropLast().allSatisfy { $0.isPartial })
            #expect(lines.allSatisfy { $0.time > 0 }, "without an index the file's time stands in")
        }
    }

    @Test func aFollowerWakesWhenSomethingIsWritten() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            var reader = try LogReader(directory: logs, containers: ["a"])
            #expect(try !reader.waitForMore(milliseconds: 20))
            try append("par", time: 1, "a", .stdout, logs)
            #expect(try reader.waitForMore(milliseconds: 5000))
            #expect(try reader.next() == [])
            try append("tial\n", time: 2, "a", .stdout, logs)
            #expect(try reader.waitForMore(milliseconds: 5000))
            #expect(try reader.next().map(\.text) == ["partial"])
        }
    }

    @Test func aPipeMovesEverythingAndClosesTheGapOfAKilledOne() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            try Files.createDirectory(logs.path)
            let fifo = fixture.root.appending("fifo")
            // What a killed supervisor leaves: bytes without a record, and a torn record.
            try Files.write(Array("old\n".utf8), to: logs.file("a", .stdout))
            try Files.write([1, 2, 3], to: logs.index("a", .stdout))
            let files = LogFiles(directory: logs, container: "a", stream: .stdout)
            let pipe = try LogPipe(fifo: fifo, files: files, limits: nil, isFresh: true)
            #expect(try pipe.drain(rounds: 1) == .empty)
            let end = try pipe.openForContainer()
            try end.write(Array("new\n".utf8))
            #expect(try pipe.drain(rounds: 4) == .empty)
            #expect(try fixture.log("a") == "old\nnew\n")
            let records = LogIndex.records(in: try Files.read(logs.index("a", .stdout)))
            #expect(records.map(\.end) == [4, 8])
        }
    }

    @Test(.enabled("mounting needs root") { try Requirement.met(.root) })
    func aFullDiskLosesNothing() throws {
        try Fixture.with { fixture in
            let logs = fixture.logs
            try Files.createDirectory(logs.path)
            let mounted = logs.path.string
            try systemCall("mount", mounted) { cl_mount("tmpfs", mounted, "tmpfs", 0, "size=256k") }
            defer { _ = cl_umount2(mounted, Int32(CL_MNT_DETACH)) }
            let filler = logs.path.appending("filler")
            let fifo = fixture.root.appending("fifo")
            let files = LogFiles(directory: logs, container: "a", stream: .stdout)
            let pipe = try LogPipe(fifo: fifo, files: files, limits: nil, isFresh: true)
            let file = try OwnedDescriptor.open(filler, O_WRONLY | O_CREAT)
            let error = #expect(throws: SystemError.self) { try file.write([UInt8](repeating: 1, count: 300_000)) }
            #expect(error?.errno == .noSpace)
            let text = (1...4000).map { "\($0)\n" }.joined()
            try pipe.openForContainer().write(Array(text.utf8))
            #expect(try pipe.drain(rounds: 2) == .blocked(.noSpace))
            #expect(try pipe.drain(rounds: 2) == .blocked(.noSpace))
            try Files.remove(filler)
            let descriptor = file.release()
            Glibc.close(descriptor)
            #expect(try pipe.drain(rounds: 2) == .empty)
            #expect(try fixture.log("a") == text)
        }
    }
}
