internal import Diagnostics

/// Why no plan could be made.
///
/// Planning does no input or output: every error is about an `Environment` that contradicts itself or about a
/// request that names what the environment lacks.
package struct PlanningError: CausedError, Sendable, CustomStringConvertible {
    /// The kinds of failure, to be compared with `==`.
    package enum Code: Sendable {
        /// A selection or a required dependency names a service that the environment lacks.
        case unknownService
        /// A service joins a network that the environment lacks.
        case unknownNetwork
        /// A service mounts a named volume that the environment lacks.
        case unknownVolume
        /// Two services have one name.
        case duplicateService
        /// Services depend on each other in a circle.
        case dependencyCycle
        /// An image is not in the store, and its pull policy keeps it from being pulled.
        case imageMissing
        /// A service says a name, port, address or signal that has not the form of one.
        case invalidValue
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
