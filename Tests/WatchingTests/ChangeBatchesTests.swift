import TestSupport
import Testing

@testable import Watching

/// When changes become a batch, without a file and without waiting.
@Suite(.timeLimit(.minutes(1))) struct ChangeBatchesTests {
    private typealias Batches = ChangeBatches<TestClock>

    private func changes(_ count: Int, from first: Int = 0) -> [FileChange] {
        (first..<(first + count)).map { FileChange("/p/\($0)") }
    }

    @Test func aSavedFileIsDueAfterAShortQuietTime() throws {
        var batches = Batches()
        #expect(batches.deadline == nil)
        batches.receive(changes(1), at: TestClock.at(100))
        #expect(batches.deadline == TestClock.at(112))
        #expect(batches.take(at: TestClock.at(111)) == nil)
        let due = batches.take(at: TestClock.at(112))
        let batch = try #require(due)
        #expect(batch.number == 1 && batch.changes == changes(1) && batch.first == TestClock.at(100))
        #expect(batches.deadline == nil)
    }

    @Test func anEditorThatSavesInStepsIsOneBatch() throws {
        var batches = Batches()
        for time in [0, 5, 10] { batches.receive(changes(1), at: TestClock.at(time)) }
        #expect(batches.take(at: TestClock.at(21)) == nil)
        let due = batches.take(at: TestClock.at(22))
        let batch = try #require(due)
        #expect(batch.changes.count == 1 && batch.last == TestClock.at(10))
    }

    @Test func manyFilesWithPausesAreOneBatch() throws {
        var batches = Batches()
        var time = 0
        for piece in 0..<60 {
            batches.receive(changes(50, from: piece * 50), at: TestClock.at(time))
            time += 30
            #expect(batches.take(at: TestClock.at(time)) == nil)
        }
        let due = batches.take(at: TestClock.at(time + 30))
        let batch = try #require(due)
        #expect(batch.changes.count == 3000 && batch.number == 1)
    }

    @Test func changesThatNeverPauseAreDueInTheEnd() throws {
        var batches = Batches()
        var taken: Int?
        for time in stride(from: 0, to: 5000, by: 10) where taken == nil {
            batches.receive(changes(1), at: TestClock.at(time))
            if batches.take(at: TestClock.at(time)) != nil { taken = time }
        }
        #expect(taken == 2000)
    }

    @Test func whatChangesDuringTheWorkIsTheNextBatch() throws {
        var batches = Batches()
        batches.receive(changes(1), at: TestClock.at(0))
        let once = batches.take(at: TestClock.at(20))
        #expect(once != nil)
        batches.receive(changes(1, from: 7), at: TestClock.at(30))
        #expect(batches.deadline == nil && batches.isBusy)
        #expect(batches.take(at: TestClock.at(900)) == nil)
        batches.finished()
        #expect(batches.deadline == TestClock.at(42))
        let next = batches.take(at: TestClock.at(900))
        let second = try #require(next)
        #expect(second.number == 2 && second.changes == changes(1, from: 7))
    }

    @Test func gitHoldsManyFilesBackLongAndAFewShortly() throws {
        var batches = Batches()
        batches.receive(changes(100), at: TestClock.at(0))
        #expect(batches.take(at: TestClock.at(60), isHeld: true) == nil)
        #expect(batches.deadline == TestClock.at(80))
        #expect(batches.take(at: TestClock.at(59_999), isHeld: true) == nil)
        #expect(batches.take(at: TestClock.at(60_020), isHeld: true) != nil)
        batches.finished()
        batches.receive(changes(1), at: TestClock.at(70_000))
        #expect(batches.take(at: TestClock.at(70_012), isHeld: true) == nil)
        // More of them end the wait for the lock, not the one for quiet.
        batches.receive(changes(1, from: 1), at: TestClock.at(70_020))
        #expect(batches.deadline == TestClock.at(70_032))
        #expect(batches.take(at: TestClock.at(70_260), isHeld: true)?.changes.count == 2)
    }

    @Test func nothingIsNoBatch() {
        var batches = Batches()
        batches.receive([], at: TestClock.at(0))
        #expect(batches.deadline == nil)
        #expect(batches.take(at: TestClock.at(1000)) == nil)
    }
}
