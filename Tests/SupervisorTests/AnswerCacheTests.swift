import Testing

@testable import Supervisor

/// When an answer that was given once is given again.
@Suite(.timeLimit(.minutes(1))) struct AnswerCacheTests {
    private let question: [UInt8] = [0, 1, 7, 7, 7]
    private let conditions = [AnswerCache.Condition(container: "web-1", isRunning: true)]

    private func kept(_ answer: [UInt8], rotations: Int = 1, turn: Int = 0) -> AnswerCache {
        var cache = AnswerCache()
        _ = cache.answer(to: question, revision: 1, turn: turn) { _ in true }
        cache.keep(answer, to: question, turn: turn, rotations: rotations, conditions)
        return cache
    }

    @Test func itHasTheIDOfTheQuestion() {
        var cache = kept([0, 1, 9])
        #expect(cache.answer(to: question, revision: 1, turn: 3) { _ in true } == [0, 1, 9])
        #expect(cache.answer(to: [5, 6, 7, 7, 7], revision: 1, turn: 4) { _ in true } == [5, 6, 9])
        #expect(cache.answer(to: [0, 1, 7, 7, 8], revision: 1, turn: 5) { _ in true } == nil)
        #expect(cache.answer(to: [0], revision: 1, turn: 6) { _ in true } == nil)
    }

    @Test func otherNamesEndIt() {
        var cache = kept([0, 1, 9])
        #expect(cache.answer(to: question, revision: 2, turn: 0) { _ in true } == nil)
        #expect(cache.answer(to: question, revision: 1, turn: 0) { _ in true } == nil)
    }

    @Test func itCountsWhileTheSameContainersRun() {
        var cache = kept([0, 1, 9])
        #expect(cache.answer(to: question, revision: 1, turn: 0) { _ in false } == nil)
        #expect(cache.answer(to: question, revision: 1, turn: 0) { $0 == "web-1" } == [0, 1, 9])
        // Made when the container had ended: what was made before counts no longer.
        let ended = [AnswerCache.Condition(container: "web-1", isRunning: false)]
        cache.keep([0, 1, 8], to: question, turn: 0, rotations: 1, ended)
        #expect(cache.answer(to: question, revision: 1, turn: 0) { _ in true } == nil)
        #expect(cache.answer(to: question, revision: 1, turn: 0) { _ in false } == [0, 1, 8])
    }

    @Test func eachAddressComesFirstInTurn() {
        var cache = kept([0, 1, 1], rotations: 2)
        #expect(cache.answer(to: question, revision: 1, turn: 1) { _ in true } == nil)
        cache.keep([0, 1, 2], to: question, turn: 1, rotations: 2, conditions)
        #expect(cache.answer(to: question, revision: 1, turn: 2) { _ in true } == [0, 1, 1])
        #expect(cache.answer(to: question, revision: 1, turn: 3) { _ in true } == [0, 1, 2])
    }

    @Test func aContainerThatAsksForMuchFillsNoMemory() {
        var cache = AnswerCache()
        let answer = [UInt8](repeating: 0, count: 1000)
        for number: UInt8 in 0..<200 {
            _ = cache.answer(to: [0, 0, number], revision: 1, turn: 0) { _ in true }
            cache.keep(answer, to: [0, 0, number], turn: 0, rotations: 1, [])
            #expect(cache.size <= 1 << 16)
            #expect(cache.answer(to: [0, 0, number], revision: 1, turn: 0) { _ in true } == answer)
        }
        #expect(cache.answer(to: [0, 0, 0], revision: 1, turn: 0) { _ in true } == nil)
    }
}
