internal import Diagnostics

/// Why no plan could be made.
///
/// Planning does no input or output: every error is about an `Environment` that contradicts itself or about a
/// request that names what the environment lacks.
package struct PlanningError: CausedError, Sendable, CustomStringConvertible {
    /// The kinds of failure, to be compared with `==`.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case unknownService, unknownNetwork, unknownVolume, duplicateService, dependencyCycle, imageMissing,
                invalidValue
        }

        private var kind: Kind
        package var description: String { kind.rawValue }

        /// A selection or a required dependency names a service that the environment lacks.
        package static var unknownService: Code { Code(kind: .unknownService) }
        /// A service joins a network that the environment lacks.
        package static var unknownNetwork: Code { Code(kind: .unknownNetwork) }
        /// A service mounts a named volume that the environment lacks.
        package static var unknownVolume: Code { Code(kind: .unknownVolume) }
        /// Two services have one name.
        package static var duplicateService: Code { Code(kind: .duplicateService) }
        /// Services depend on each other in a circle.
        package static var dependencyCycle: Code { Code(kind: .dependencyCycle) }
        /// An image is not in the store, and its pull policy keeps it from being pulled.
        package static var imageMissing: Code { Code(kind: .imageMissing) }
        /// A service says a name, port, address or signal that has not the form of one.
        package static var invalidValue: Code { Code(kind: .invalidValue) }
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
