import Synchronization

/// Errors of concurrent work, the first of which counts.
final class Failures: Sendable {
    private let errors = Mutex<[any Error]>([])

    func add(_ error: any Error) {
        errors.withLock { $0.append(error) }
    }

    func throwFirst() throws {
        if let first = errors.withLock({ $0.first }) { throw first }
    }
}
