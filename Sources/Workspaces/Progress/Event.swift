package import struct Vocabulary.OperationID

/// What happens while a plan is carried out: the one stream that every progress renderer reads.
package struct Event: Sendable {
    /// What happened.
    package enum Phase: Sendable {
        case started
        /// A line that says how far it is, such as `unpacking 12 MB`.
        case progress(String)
        /// A line that a program of it wrote, and what tells it from the lines of others, such as `web: schema`.
        case output(String, from: String)
        /// How far a part of it is, such as a layer of an image.
        case part(Part)
        /// What a container has come to, such as `healthy`.
        case reached(String)
        /// The URL of a port of the host that leads to the container.
        case address(String)
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
        /// Bytes; `nil` where it is not known.
        package var total: Int64?
    }

    /// Whose row an operation is part of, where the operations of one thing are shown in one row.
    package enum Subject: Sendable, Hashable {
        /// The containers of a service.
        case service(String)
        /// What serves the environment as a whole, such as the packet filter.
        case environment
        /// What the operation itself is about.
        case resource
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

    /// Unique among all operations of the command.
    package var operation: OperationID
    /// The resource's name, such as `container web-1`.
    package var resource: String
    /// What is done to it, such as `create`.
    package var action: String
    /// Whose row it is part of.
    package var subject: Subject
    /// `nil` for what is no step of a build.
    package var step: Step?
    package var phase: Phase
    /// Since the operation began.
    package var elapsed: Duration
    package var completed: Int
    package var total: Int
    /// The operations that must have ended before it begins.
    package var predecessors: [OperationID]

    package init(
        operation: OperationID, resource: String, action: String, subject: Subject = .resource, step: Step? = nil,
        phase: Phase, elapsed: Duration, completed: Int, total: Int, predecessors: [OperationID] = []
    ) {
        self.operation = operation
        self.resource = resource
        self.action = action
        self.subject = subject
        self.step = step
        self.phase = phase
        self.elapsed = elapsed
        self.completed = completed
        self.total = total
        self.predecessors = predecessors
    }
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
