public import Diagnostics

/// What the supervisor or its client could not do, and why.
public struct SupervisorError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unreachable, notStarted, versionMismatch, badRequest, unknownContainer, alreadyRunning, notRunning
            case runtimeFailed, unknownNamespace, stillRunning, system
        }

        private let value: Value

        /// Nobody answers on the control socket.
        public static let unreachable = Code(value: .unreachable)
        /// A supervisor was started and ended before it answered.
        public static let notStarted = Code(value: .notStarted)
        /// The other end speaks another version of the protocol.
        public static let versionMismatch = Code(value: .versionMismatch)
        public static let badRequest = Code(value: .badRequest)
        public static let unknownContainer = Code(value: .unknownContainer)
        public static let alreadyRunning = Code(value: .alreadyRunning)
        public static let notRunning = Code(value: .notRunning)
        /// The runtime refused to start a container; the message ends with what it said.
        public static let runtimeFailed = Code(value: .runtimeFailed)
        /// No network namespace is held for a container and none of its processes runs.
        public static let unknownNamespace = Code(value: .unknownNamespace)
        /// Containers still run, so that the supervisor does not end.
        public static let stillRunning = Code(value: .stillRunning)
        public static let system = Code(value: .system)

        private init(value: Value) {
            self.value = value
        }

        /// From the name that travels in the protocol; unknown names become `system`.
        init(name: String) {
            value = Value(rawValue: name) ?? .system
        }

        public var description: String { value.rawValue }
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
