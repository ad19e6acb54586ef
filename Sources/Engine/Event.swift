/// What happens while a plan is carried out: the one stream that every progress renderer reads.
public struct Event: Sendable {
    public enum Phase: Sendable {
        case started
        /// A line that says how far it is, such as `unpacking 12 MB`.
        case progress(String)
        /// How far a part of it is, such as a layer of an image.
        case part(Part)
        case finished
        case failed(String)
    }

    /// A part of an operation that can be measured.
    public struct Part: Sendable, Hashable {
        /// Names the part within the operation.
        public var name: String
        /// Such as `downloading`.
        public var doing: String
        public var isDone: Bool
        /// Bytes.
        public var completed: Int64
        /// Bytes; `nil` where nobody knows.
        public var total: Int64?
    }

    /// What makes an operation a step of a build.
    public struct Step: Sendable, Hashable {
        /// On one line.
        public var instruction: String
        /// Why it is done; `nil` for one that is in the cache, and for one that failed before that was known.
        public var reason: String?
        public var isCached: Bool
    }

    /// The number of the operation in the plan.
    public var operation: Int
    /// The resource's name, such as `container web-1`.
    public var resource: String
    /// What is done to it, such as `create`.
    public var action: String
    /// `nil` for what is no step of a build.
    public var step: Step?
    public var phase: Phase
    /// Since the operation began.
    public var elapsed: Duration
    public var completed: Int
    public var total: Int
}

/// Where events and remarks go.
public protocol EventSink: Sendable {
    func receive(_ event: Event)
    /// A remark that is not part of an operation: a warning, or a line such as `web: http://localhost:8080`.
    func note(_ text: String, isWarning: Bool)
    /// All operations have ended.
    func finish()
}

/// A sink for work of which nothing is told.
struct NoSink: EventSink {
    func receive(_ event: Event) {}
    func note(_ text: String, isWarning: Bool) {}
    func finish() {}
}
