import Synchronization

/// Lines that closures of a test leave behind.
final class Log: Sendable {
    private let state = Mutex((lines: [String](), directory: ""))

    var lines: [String] { state.withLock { $0.lines } }
    var directory: String {
        get { state.withLock { $0.directory } }
        set { state.withLock { $0.directory = newValue } }
    }

    func add(_ line: String) { state.withLock { $0.lines.append(line) } }
}
