import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// Logs that begin anew when they are large, and readers that do not notice.
@Suite(.timeLimit(.minutes(2))) struct LogRotationTests {
    private struct Scene {
        let logs: LogDirectory
        let files: LogFiles
        let pipe: LogPipe

        init(_ fixture: Fixture, size: UInt64, files count: Int) throws {
            logs = fixture.logs
            try Files.createDirectory(logs.path)
            files = LogFiles(directory: logs, container: "a", stream: .stdout)
            pipe = try LogPipe(
                fifo: fixture.root.appending("fifo"), files: files,
                limits: LogLimits(maximumSize: size, maximumFiles: count), isFresh: true)
        }

        func write(_ text: String) throws {
            try pipe.openForContainer().write(Array(text.utf8))
            #expect(try pipe.drain(rounds: 8) == .empty)
        }

        func reader(tail: Int? = nil) throws -> LogReader {
            try LogReader(directory: logs, containers: ["a"], streams: [.stdout], tail: tail)
        }

        func all(_ reader: inout LogReader) throws -> [String] {
            var found: [String] = []
            while true {
                let lines = try reader.next()
                if lines.isEmpty { return found }
                found += lines.map(\.text)
            }
        }
    }

    @Test func onlySoManyFilesAreKept() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 8, files: 3)
            for number in 1...5 { try scene.write("line \(number).\n") }
            #expect(scene.logs.ages("a", .stdout) == [0, 1, 2])
            #expect(try Files.text(scene.logs.file("a", .stdout)) == "")
            #expect(try Files.text(scene.logs.file("a", .stdout, age: 1)) == "line 5.\n")
            #expect(try Files.text(scene.logs.file("a", .stdout, age: 2)) == "line 4.\n")
            var reader = try scene.reader()
            #expect(try scene.all(&reader) == ["line 4.", "line 5."])
            try scene.files.remove()
            #expect(try Files.names(in: scene.logs.path) == [])
        }
    }

    @Test func aSingleFileBeginsAnew() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 8, files: 1)
            try scene.write("line 1.\n")
            try scene.write("2\n")
            #expect(scene.logs.ages("a", .stdout) == [0])
            #expect(try Files.text(scene.logs.file("a", .stdout)) == "2\n")
        }
    }

    @Test func aReaderGoesOnAcrossFilesAndALineMayToo() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 10, files: 5)
            var reader = try scene.reader()
            try scene.write("first\nbegin")
            #expect(try scene.all(&reader) == ["first"])
            #expect(scene.logs.ages("a", .stdout) == [0, 1])
            try scene.write(" of a line\nx\n")
            try scene.write("last\n")
            #expect(try scene.all(&reader) == ["begin of a line", "x", "last"])
            var fresh = try scene.reader()
            #expect(try scene.all(&fresh) == ["first", "begin of a line", "x", "last"])
        }
    }

    @Test func theLastLinesMayLieInSeveralFiles() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 4, files: 9)
            for number in 1...6 { try scene.write("l \(number)\n") }
            for count in 0...7 {
                var reader = try scene.reader(tail: count)
                #expect(try scene.all(&reader) == (1...6).suffix(count).map { "l \($0)" }, "\(count)")
            }
        }
    }

    @Test func timesStayWithTheirLines() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 4, files: 9)
            var times: [UInt64] = []
            for number in 1...4 {
                times.append(UInt64(WallClock.nanoseconds))
                try scene.write("l \(number)\n")
            }
            var reader = try LogReader(directory: scene.logs, containers: ["a"], since: times[2])
            let lines = try reader.next()
            #expect(lines.map(\.text) == ["l 3", "l 4"])
            #expect(zip(lines, times[2...]).allSatisfy { $0.time >= $1 })
        }
    }

    @Test func aKilledRotationIsFinished() throws {
        try Fixture.with { fixture in
            let scene = try Scene(fixture, size: 4, files: 3)
            try scene.write("l 1")
            // The log was moved, and its index was not.
            try Files.rename(scene.logs.file("a", .stdout), to: scene.logs.file("a", .stdout, age: 1))
            _ = try scene.files.open()
            #expect(Files.exists(scene.logs.index("a", .stdout, age: 1)))
            #expect(try Files.read(scene.logs.index("a", .stdout)) == [])
        }
    }
}
