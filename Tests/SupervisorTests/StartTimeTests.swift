import LinuxSystem
import SystemPackage
import Testing

@testable import Supervisor

@Suite(.timeLimit(.minutes(2)), .serialized) struct StartTimeTests {
    /// A debug build under load: the bound is generous, the number is printed for the reader.
    @Test func aClientDoesNotWaitLong() throws {
        var times: [Duration] = []
        for _ in 0..<7 {
            try Fixture.with { fixture in
                let begin = ContinuousClock.now
                _ = try fixture.connect()
                times.append(begin.duration(to: .now))
            }
        }
        let median = times.sorted()[3]
        print("supervisor started and answering: \(median)")
        #expect(median < .milliseconds(250))
    }
}
