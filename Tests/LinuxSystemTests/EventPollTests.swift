import Glibc
import LinuxSystem
import SystemPackage
import Testing

/// Waiting for many descriptors at once.
@Suite(.timeLimit(.minutes(1))) struct EventPollTests {
    @Test func anEventCarriesTheTokenOfItsDescriptor() throws {
        var poll = try EventPoll()
        let first = try LinuxSystem.Pipe()
        let second = try LinuxSystem.Pipe()
        try poll.add(first.reader.rawValue, .readable, token: 7)
        try poll.add(second.reader.rawValue, .readable, token: .max)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        try second.writer.write([1])
        let events = try poll.wait(milliseconds: 1000)
        #expect(events.map(\.token) == [.max])
        #expect(events.first?.readiness == .readable)
    }

    @Test func theEndOfAWriterIsAHangUp() throws {
        var poll = try EventPoll()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let reader = OwnedDescriptor(owning: ends[0])
        try poll.add(reader.rawValue, [], token: 1)
        close(ends[1])
        #expect(try poll.wait(milliseconds: 1000).first?.readiness.contains(.hungUp) == true)
    }

    @Test func whatIsWatchedForCanBeChangedAndTakenBack() throws {
        var poll = try EventPoll()
        let pipe = try LinuxSystem.Pipe()
        try poll.add(pipe.writer.rawValue, [], token: 1)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        try poll.modify(pipe.writer.rawValue, .writable, token: 2)
        #expect(try poll.wait(milliseconds: 0).map(\.token) == [2])
        try poll.remove(pipe.writer.rawValue)
        try poll.remove(pipe.writer.rawValue)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        let error = #expect(throws: SystemError.self) {
            try poll.modify(pipe.writer.rawValue, .writable, token: 3)
        }
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test func aChangeIsReportedOnceWhereOnlyChangesAreWatched() throws {
        var poll = try EventPoll()
        let pipe = try LinuxSystem.Pipe()
        try poll.add(pipe.reader.rawValue, [.readable, .edgeTriggered], token: 1)
        try pipe.writer.write([1])
        #expect(try poll.wait(milliseconds: 1000).count == 1)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        try pipe.writer.write([2])
        #expect(try poll.wait(milliseconds: 1000).count == 1)
    }

    @Test func moreEventsThanABatchComeInSeveral() throws {
        var poll = try EventPoll(batch: 2)
        let first = try EventNotifier()
        let second = try EventNotifier()
        let third = try EventNotifier()
        try poll.add(first.descriptor.rawValue, .readable, token: 0)
        try poll.add(second.descriptor.rawValue, .readable, token: 1)
        try poll.add(third.descriptor.rawValue, .readable, token: 2)
        first.signal()
        second.signal()
        third.signal()
        third.signal()
        var seen: Set<UInt64> = []
        for _ in 0..<2 {
            let tokens = try poll.wait(milliseconds: 0).map(\.token)
            #expect(tokens.count <= 2)
            seen.formUnion(tokens)
        }
        #expect(seen == [0, 1, 2])
        first.clear()
        second.clear()
        third.clear()
        third.clear()
        #expect(try poll.wait(milliseconds: 0).isEmpty)
    }
}
