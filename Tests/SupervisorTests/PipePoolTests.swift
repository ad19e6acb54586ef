import Testing

@testable import Supervisor

/// How many large pipes there are, and who gets them.
@Suite(.timeLimit(.minutes(1))) struct PipePoolTests {
    @Test func largePipesAreFewAndTakenFirst() throws {
        let pool = PipePool(limit: 2, large: 1)
        let large = try pool.take()
        let usual = try pool.take()
        #expect(large.capacity == PipePair.largeCapacity)
        #expect(usual.capacity == PipePair.usualCapacity)
        pool.put(large)
        pool.put(usual)
        #expect(try pool.take() === large)
        #expect(try pool.take() === usual)
    }

    @Test func aClosedPipeLeavesItsPlace() throws {
        let pool = PipePool(limit: 2, large: 1)
        var pipe: PipePair? = try pool.take()
        #expect(pipe?.isLarge == true)
        #expect(try !pool.take().isLarge)
        pipe = nil
        pipe = try pool.take()
        #expect(pipe?.isLarge == true)
    }
}
