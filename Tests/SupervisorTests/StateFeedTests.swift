import Glibc
import LinuxSystem
import SupervisorProtocol
import TestSupport
import Testing

@testable import Supervisor

/// What a supervisor tells by itself.
@Suite(.timeLimit(.minutes(1)), .serialized) struct StateFeedTests {
    /// The changes within two seconds, until `isEnough`.
    private func changes(
        of feed: StateFeed, until isEnough: ([ContainerStatus], Bool) -> Bool
    ) throws -> (statuses: [ContainerStatus], hasEnded: Bool) {
        var statuses: [ContainerStatus] = []
        var hasEnded = false
        var item = pollfd(fd: feed.descriptor, events: Int16(POLLIN), revents: 0)
        while !isEnough(statuses, hasEnded), poll(&item, 1, 2000) > 0 {
            for arrival in try feed.look() {
                switch arrival {
                case .changes(let some): statuses += some
                case .end: hasEnded = true
                }
            }
        }
        return (statuses, hasEnded)
    }

    @Test func startsAndEndsAreTold() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(client, fixture.request("first", "exec sleep 100"))
            let feed = try client.follow()
            #expect(feed.first.map(\.name) == ["first"] && feed.first.first?.state == .running)
            #expect(try feed.look().isEmpty)
            try fixture.start(client, fixture.request("second", "sleep 0.1; exit 7"))
            let told = try changes(of: feed) { statuses, _ in statuses.count == 2 }.statuses
            #expect(told.map(\.name) == ["second", "second"])
            #expect(told.map(\.state) == [.running, .exited] && told.last?.code == 7)
            #expect(told.first?.startedAt == told.last?.startedAt && told.last?.endedAt != nil)
            try client.announce("first")
            #expect(try changes(of: feed) { statuses, _ in !statuses.isEmpty }.statuses.map(\.name) == ["first"])
            // The supervisor tells its followers of known containers only.
            try client.announce("third")
            try client.announce("first")
            #expect(try changes(of: feed) { statuses, _ in !statuses.isEmpty }.statuses.map(\.name) == ["first"])
        }
    }

    @Test func theEndOfTheSupervisorIsTold() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let feed = try client.follow()
            try fixture.crash(client)
            #expect(try changes(of: feed) { $1 }.hasEnded)
            #expect(#expect(throws: SupervisorError.self) { try client.follow() }?.code == .unreachable)
        }
    }

    /// A client that was stopped, for instance.
    @Test func aClientThatDoesNotReadHoldsNothingUp() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(client, fixture.request("a", "exec sleep 100"))
            let (slow, other) = (try client.follow(), try client.follow())
            var count = 0
            for _ in 0..<3000 {
                try client.announce("a")
                for case .changes(let some) in try other.look() { count += some.count }
            }
            count += try changes(of: other) { statuses, _ in count + statuses.count >= 3000 }.statuses.count
            #expect(count == 3000)
            let late = try changes(of: slow) { $1 }
            #expect(late.hasEnded && late.statuses.count < 3000)
        }
    }

    @Test func anEarlierReleaseDoesNotTell() throws {
        try Fixture.with { fixture in
            let client = try fixture.connectRecorded("release-0.1")
            #expect(#expect(throws: SupervisorError.self) { try client.follow() }?.code == .unsupported)
            try client.shutdown(isForced: true)
            #expect(Children.reap(client.pid) == .exited(0))
        }
    }
}
