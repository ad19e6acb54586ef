internal import LinuxSystem
internal import Synchronization
internal import Watching

/// Waits for changes of files and hands them on in batches, one at a time.
struct WatchLoop: ~Copyable {
    typealias Batch = ChangeBatches<ContinuousClock>.Batch

    /// What the loop hands on.
    enum Step: Sendable {
        /// All is watched: the number of directories.
        case ready(directories: Int, files: [FileChange])
        case batch(Batch)
        case note(String)
    }

    /// How often watched paths are looked at that are there, and that are not.
    private static let interval = Duration.seconds(1)
    private static let intervalOfMissing = Duration.milliseconds(100)
    private static let bellToken: UInt64 = 0
    private static let filesToken: UInt64 = 1

    private var tree: WatchedTree
    private var batches = ChangeBatches<ContinuousClock>()
    private var poll: EventPoll
    private let locks: GitLocks
    private let bell: WatchBell
    private var lastLook = ContinuousClock.now

    static func watching(_ rules: WatchRules, _ bell: WatchBell) throws -> WatchLoop {
        let tree = try WatchedTree.watching(rules)
        let poll = try EventPoll()
        try poll.add(bell.descriptor, .readable, token: bellToken)
        try poll.add(tree.descriptor, .readable, token: filesToken)
        return WatchLoop(tree: tree, poll: poll, locks: GitLocks(of: rules.roots), bell: bell)
    }

    private init(tree: consuming WatchedTree, poll: consuming EventPoll, locks: GitLocks, bell: WatchBell) {
        self.tree = tree
        self.poll = poll
        self.locks = locks
        self.bell = bell
    }

    /// What is there at the beginning.
    var ready: Step { .ready(directories: tree.directoryCount, files: tree.files) }

    /// Waits for the next thing to happen.
    mutating func next() throws -> [Step] {
        let look = tree.isIncomplete ? Self.intervalOfMissing : Self.interval
        var due = lastLook.advanced(by: look)
        if let deadline = batches.deadline { due = min(due, deadline) }
        let rest = max(.zero, ContinuousClock.now.duration(to: due))
        // Rounded up: a deadline is not met a moment before it.
        let events = try poll.wait(milliseconds: Int32(rest / .milliseconds(1)) + 1)
        var now = ContinuousClock.now
        for event in events {
            if event.token == Self.bellToken {
                if bell.take() { batches.finished() }
            } else {
                batches.receive(try tree.read(), at: now)
            }
        }
        now = ContinuousClock.now
        if lastLook.advanced(by: look) <= now { try lookAtRoots(now) }
        var steps = takenNotes()
        if let batch = try takeBatch() { steps.append(.batch(batch)) }
        return steps
    }

    private mutating func lookAtRoots(_ now: ContinuousClock.Instant) throws {
        lastLook = now
        batches.receive(try tree.checkRoots(), at: now)
    }

    private mutating func takeBatch() throws -> Batch? {
        let now = ContinuousClock.now
        guard let deadline = batches.deadline, deadline <= now else { return nil }
        // A directory that was replaced is known as such before its files count as removed.
        try lookAtRoots(now)
        batches.receive(try tree.read(), at: now)
        guard var batch = batches.take(at: now, isHeld: locks.isHeld) else { return nil }
        batch.changes = tree.withholding(batch.changes)
        if batch.changes.isEmpty {
            batches.finished()
            return nil
        }
        return batch
    }

    private mutating func takenNotes() -> [Step] { tree.takeNotes().map { .note($0) } }
}

/// Wakes the loop from another thread.
final class WatchBell: Sendable {
    private let notifier: EventNotifier
    private let isFinished = Atomic(false)

    init() throws {
        notifier = try EventNotifier()
    }

    var descriptor: Int32 { notifier.descriptor.rawValue }

    /// A batch has been worked on.
    func finish() {
        isFinished.store(true, ordering: .releasing)
        notifier.signal()
    }

    /// Something else is to be looked at, such as the cancellation of the task.
    func wake() { notifier.signal() }

    /// Whether a batch has been worked on since the last call.
    func take() -> Bool {
        notifier.clear()
        return isFinished.exchange(false, ordering: .acquiringAndReleasing)
    }
}
