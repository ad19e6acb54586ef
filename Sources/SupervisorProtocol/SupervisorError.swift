internal import Diagnostics

/// What the supervisor or its client could not do, and why.
package struct SupervisorError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to it.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unreachable, notStarted, versionMismatch, badRequest, unknownContainer, alreadyRunning, notRunning
            case runtimeFailed, unknownNamespace, stillRunning, unsupported, system
        }

        private let value: Value

        /// No supervisor answers on the control socket.
        package static let unreachable = Code(value: .unreachable)
        /// A supervisor was started and ended before it answered.
        package static let notStarted = Code(value: .notStarted)
        /// The other end does not speak the protocol of `Envelope.version`.
        package static let versionMismatch = Code(value: .versionMismatch)
        package static let badRequest = Code(value: .badRequest)
        package static let unknownContainer = Code(value: .unknownContainer)
        package static let alreadyRunning = Code(value: .alreadyRunning)
        package static let notRunning = Code(value: .notRunning)
        /// The runtime refused to start a container; the message ends with what it said.
        package static let runtimeFailed = Code(value: .runtimeFailed)
        /// No network namespace is held for a container and none of its processes runs.
        package static let unknownNamespace = Code(value: .unknownNamespace)
        /// Containers still run, so that the supervisor does not end.
        package static let stillRunning = Code(value: .stillRunning)
        /// The supervisor is of another release and lacks the feature that the request needs.
        package static let unsupported = Code(value: .unsupported)
        package static let system = Code(value: .system)

        private init(value: Value) {
            self.value = value
        }

        /// From the name that travels in the protocol; unknown names become `system`.
        package init(name: String) {
            value = Value(rawValue: name) ?? .system
        }

        package var description: String { value.rawValue }
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
