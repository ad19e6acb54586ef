internal import Dispatch
internal import Synchronization

/// Does the same to every item, several at a time, and waits; the first failure is thrown when all have ended.
func inParallel<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) throws(ImageError) -> Result
) throws(ImageError) -> [Result] {
    guard items.count > 1 else {
        var results: [Result] = []
        for item in items { results.append(try body(item)) }
        return results
    }
    let outcomes = Mutex([Swift.Result<Result, ImageError>?](repeating: nil, count: items.count))
    DispatchQueue.concurrentPerform(iterations: items.count) { index in
        let outcome: Swift.Result<Result, ImageError>
        do throws(ImageError) {
            outcome = .success(try body(items[index]))
        } catch {
            outcome = .failure(error)
        }
        outcomes.withLock { $0[index] = outcome }
    }
    var results: [Result] = []
    for outcome in outcomes.withLock({ $0 }) {
        if let outcome { results.append(try outcome.get()) }
    }
    return results
}
