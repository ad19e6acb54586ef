/// What happens while a plan is carried out: the one stream that every progress renderer reads.
package struct Event: Sendable {
    package enum Phase: Sendable {
        case started
        /// A line that says how far it is, such as `unpacking 12 MB`.
        case progress(String)
        /// How far a part of it is, such as a layer of an image.
        case part(Part)
        case finished
        case failed(String)
    }

    /// A part of an operation that can be measured.
    package struct Part: Sendable, Hashable {
        /// Names the part within the operation.
        package var name: String
        /// Such as `downloading`.
        package var doing: String
        package var isDone: Bool
        /// Bytes.
        package var completed: Int64
        /// Bytes; `nil` where nobody knows.
        package var total: Int64?
    }

    /// What makes an operation a step of a build.
    package struct Step: Sendable, Hashable {
        /// On one line.
        package var instruction: String
        /// Why it is done; `nil` for one that is in the cache, and for one that failed before that was known.
        package var reason: String?
        package var isCached: Bool

        package init(instruction: String, reason: String?, isCached: Bool) {
            self.instruction = instruction
            self.reason = reason
            self.isCached = isCached
        }
    }

    /// The number of the operation in the plan.
    package var operation: Int
    /// The resource's name, such as `container web-1`.
    package var resource: String
    /// What is done to it, such as `create`.
    package var action: String
    /// `nil` for what is no step of a build.
    package var step: Step?
    package var phase: Phase
    /// Since the operation began.
    package var elapsed: Duration
    package var completed: Int
    package var total: Int
}

/// Where events and remarks go.
package protocol EventSink: Sendable {
    func receive(_ event: Event)
    /// A remark that is not part of an operation: a warning, or a line such as `web: http://localhost:8080`.
    func note(_ text: String, isWarning: Bool)
    /// All operations have ended.
    func finish()
}

/// A sink for work of which nothing is told.
package struct NoSink: EventSink {
    package init() {}
    package func receive(_ event: Event) {}
    package func note(_ text: String, isWarning: Bool) {}
    package func finish() {}
}
