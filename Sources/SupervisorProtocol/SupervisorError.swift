internal import Diagnostics

/// What the supervisor or its client could not do, and why.
package struct SupervisorError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to it.
    package enum Code: String, Sendable {
        /// No supervisor answers on the control socket.
        case unreachable
        /// A supervisor was started and ended before it answered.
        case notStarted
        /// The other end does not speak the protocol of `Envelope.version`.
        case versionMismatch
        case badRequest
        case unknownContainer
        case alreadyRunning
        case notRunning
        /// The runtime refused to start a container; the message ends with what it said.
        case runtimeFailed
        /// No network namespace is held for a container and none of its processes runs.
        case unknownNamespace
        /// Containers still run, so that the supervisor does not end.
        case stillRunning
        /// The supervisor is of another release and lacks the feature that the request needs.
        case unsupported
        /// A supervisor holds the control socket and does not answer within five seconds.
        case notAnswering
        case system

        /// From the name that travels in the protocol; unknown names become `system`.
        package init(name: String) {
            self = Code(rawValue: name) ?? .system
        }
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
