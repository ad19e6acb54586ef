import Images
import Synchronization

/// Counts the messages of one `ensure`.
final class Messages: Sendable {
    private let counter = Mutex(0)

    var count: Int { counter.withLock { $0 } }

    func note(_ progress: ImageProgress) {
        if case .message = progress { counter.withLock { $0 += 1 } }
    }
}
