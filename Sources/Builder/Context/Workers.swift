internal import Dispatch
internal import LinuxSystem
internal import Synchronization

/// Runs `body` for every item, in one thread for each processor, and waits for all.
///
/// The results are in the order of the items; the failure of the first item that failed is thrown. After a cancellation
/// the remaining items are skipped and `.cancelled` is thrown.
func inParallel<Item: Sendable, Result: Sendable>(
    _ items: [Item], pieceLength: Int, _ body: @Sendable (Item) throws(BuildError) -> Result
) throws(BuildError) -> [Result] {
    let pieces = (items.count + pieceLength - 1) / pieceLength
    let outcomes = Mutex([Swift.Result<[Result], BuildError>?](repeating: nil, count: pieces))
    @Sendable func work(_ piece: Int) {
        var results: [Result] = []
        var failure: BuildError?
        do throws(BuildError) {
            for item in items[piece * pieceLength..<min(items.count, (piece + 1) * pieceLength)] {
                try BuildError.checkCancellation()
                results.append(try body(item))
            }
        } catch {
            failure = error
        }
        let outcome: Swift.Result<[Result], BuildError> = failure.map { .failure($0) } ?? .success(results)
        outcomes.withLock { $0[piece] = outcome }
    }
    if pieces == 1 {
        work(0)
    } else {
        let cancellation = Cancellation.current
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            Cancellation.$current.withValue(cancellation) { work(piece) }
        }
    }
    var results: [Result] = []
    results.reserveCapacity(items.count)
    for case .some(let outcome) in outcomes.withLock({ $0 }) { results += try outcome.get() }
    return results
}
