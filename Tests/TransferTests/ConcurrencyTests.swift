import Synchronization
import Testing

@testable import Transfer

@Suite(.timeLimit(.minutes(1))) struct ConcurrencyTests {
    private struct Odd: Error, Equatable { var number: Int }

    @Test(arguments: [0, 1, 2, 3, 20])
    func everyItemIsDoneOnceAndThreeAtATime(count: Int) async throws {
        let state = Mutex((running: 0, most: 0, done: Set<Int>()))
        try await withEach(of: Array(0..<count)) { item in
            state.withLock {
                $0.running += 1
                $0.most = max($0.most, $0.running)
            }
            try await Task.sleep(for: .milliseconds(2))
            state.withLock {
                $0.running -= 1
                $0.done.insert(item)
            }
        }
        let (running, most, done) = state.withLock { $0 }
        #expect(running == 0 && most <= 3 && done == Set(0..<count))
    }

    @Test func theFirstFailureIsThrownAndNothingElseBegins() async {
        let begun = Mutex(0)
        await #expect(throws: Odd(number: 1)) {
            try await withEach(of: Array(0..<50)) { item in
                begun.withLock { $0 += 1 }
                if item == 1 { throw Odd(number: item) }
                try await Task.sleep(for: .seconds(20))
            }
        }
        #expect(begun.withLock { $0 } == 3)
    }
}
