internal import Dispatch
internal import Synchronization

/// Does the same to every item, in one thread for each processor, and waits for all.
///
/// The results are in the order of the items. The threads see the `Cancellation` of the caller.
///
/// - Parameter pieceLength: how many items a thread takes at a time.
/// - Throws: the failure of the first item that failed, when all have ended.
package func inParallel<Item: Sendable, Result: Sendable, Failure: Error>(
    _ items: [Item], pieceLength: Int = 1, _ body: @Sendable (Item) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    let pieces = (items.count + pieceLength - 1) / pieceLength
    let outcomes = Mutex([Swift.Result<[Result], Failure>?](repeating: nil, count: pieces))
    @Sendable func work(_ piece: Int) {
        let outcome = Swift.Result { () throws(Failure) in
            var results: [Result] = []
            for item in items[piece * pieceLength..<min(items.count, (piece + 1) * pieceLength)] {
                results.append(try body(item))
            }
            return results
        }
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
