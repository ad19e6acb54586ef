import Testing

import struct Vocabulary.OperationID

@testable import trice

@Suite(.timeLimit(.minutes(1))) struct TimingsTests {
    private static let start = ContinuousClock.now

    private func entry(
        _ number: Int, _ resource: String, _ action: String, _ begin: Int, _ duration: Int, after: [Int] = [],
        phase: OperationID.Phase = .plan
    ) -> Timings.Entry {
        Timings.Entry(
            id: OperationID(phase, number), resource: resource, action: action,
            began: Self.start + .milliseconds(begin), duration: .milliseconds(duration),
            predecessors: after.map { OperationID(.plan, $0) })
    }

    @Test func theCriticalPathIsWhatTheLastOneWaitedFor() {
        let timings = Timings([
            entry(1, "network default", "create", 0, 20), entry(2, "container db-1", "start", 20, 100, after: [1]),
            entry(3, "container cache-1", "start", 20, 10, after: [1]),
            entry(4, "container db-1", "wait for", 120, 700, after: [2]),
            entry(5, "container web-1", "start", 820, 80, after: [3, 4]),
            entry(1, "container web-1", "wait for", 905, 50, phase: .arrival),
        ])
        #expect(
            timings.rows.filter(\.isCritical).map { "\($0.resource) \($0.action) \($0.begin)+\($0.duration)" } == [
                "network default create 0+20", "container db-1 start 20+100", "container db-1 wait for 120+700",
                "container web-1 start 820+80", "container web-1 wait for 905+50",
            ])
        #expect(timings.rows[4].after == ["container cache-1 start", "container db-1 wait for"])
        let lines = timings.lines(style: Style(isOn: false), width: 80)
        #expect(lines.count == 7)
        #expect(lines[0].hasPrefix("* network default: create"))
        #expect(lines[2].hasPrefix("  container cache-1: start"))
        #expect(lines[6] == "* the critical path, 955 ms in all")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    }

    @Test func nothingTakesNoTime() {
        #expect(Timings([]).lines(style: Style(isOn: false), width: 80) == ["Nothing had to be done."])
    }
}
