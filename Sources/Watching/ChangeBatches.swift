/// Gathers changes to batches: when a batch is due, and what is in it. Decides, but does nothing.
///
/// A saved file is one change and soon due; a checkout of many files is due when no more come for a while. One batch is
/// worked on at a time: what changes meanwhile is in the next one.
package struct ChangeBatches<C: Clock>: Sendable where C.Duration == Duration {
    /// How long changes are waited for.
    package struct Window: Sendable {
        /// Without further changes, after a few of them.
        package var quiet: Duration = .milliseconds(12)
        /// The same after many of them.
        package var quietAfterMany: Duration = .milliseconds(60)
        /// More changes than this are many.
        package var few = 12
        /// A batch is due after this even if changes go on.
        package var longest: Duration = .seconds(2)
        /// How often a batch is asked for that is held back.
        package var heldInterval: Duration = .milliseconds(20)
        /// How long a few changes are held back at most.
        package var longestHeld: Duration = .milliseconds(250)
        /// How long many changes are held back at most.
        package var longestHeldMany: Duration = .seconds(60)

        package init() {}
    }

    /// What changed, and when.
    package struct Batch: Sendable {
        /// 1 for the first.
        package var number: Int
        /// By path. A path that was a file and is a directory now stands twice.
        package var changes: [FileChange]
        /// When the first change of the batch came.
        package var first: C.Instant
        /// When the last change of the batch came.
        package var last: C.Instant
    }

    private let window: Window
    private var changes: Set<FileChange> = []
    private var first: C.Instant?
    private var last: C.Instant?
    private var heldUntil: C.Instant?
    private var count = 0
    /// Whether a batch was taken and is not finished.
    package private(set) var isBusy = false

    package init(_ window: Window = Window()) {
        self.window = window
    }

    /// Adds changes to the batch that is gathered.
    package mutating func receive(_ new: some Sequence<FileChange>, at now: C.Instant) {
        let before = changes.count
        var isEmpty = true
        for change in new {
            changes.insert(change)
            isEmpty = false
        }
        if isEmpty { return }
        if before == 0 { first = now }
        (last, heldUntil) = (now, nil)
    }

    /// When `take` is to be called next; `nil` while nothing is there to be taken.
    package var deadline: C.Instant? {
        guard !isBusy, let first, let last else { return nil }
        if let heldUntil { return heldUntil }
        let quiet = changes.count > window.few ? window.quietAfterMany : window.quiet
        return min(last.advanced(by: quiet), first.advanced(by: window.longest))
    }

    /// The batch that is due.
    ///
    /// - Parameter isHeld: whether more changes are certain to come, as git's lock file tells.
    package mutating func take(at now: C.Instant, isHeld: Bool = false) -> Batch? {
        guard let deadline, deadline <= now, let first, let last else { return nil }
        let limit = changes.count > window.few ? window.longestHeldMany : window.longestHeld
        if isHeld, first.duration(to: now) < limit {
            heldUntil = now.advanced(by: window.heldInterval)
            return nil
        }
        count += 1
        let batch = Batch(number: count, changes: changes.sorted { $0.path < $1.path }, first: first, last: last)
        changes = []
        (self.first, self.last, heldUntil) = (nil, nil, nil)
        isBusy = true
        return batch
    }

    /// The batch that was taken last has been worked on.
    package mutating func finished() { isBusy = false }
}
