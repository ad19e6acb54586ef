public import Diagnostics

/// Why no plan could be made.
///
/// Planning does no input or output: every error is about an `Environment` that contradicts itself or about a
/// request that names what the environment lacks.
public struct PlanningError: CausedError, Sendable, CustomStringConvertible {
    /// The kinds of failure, to be compared with `==`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case unknownService, unknownNetwork, unknownVolume, duplicateService, dependencyCycle, imageMissing
        }

        private var kind: Kind
        public var description: String { kind.rawValue }

        /// A selection or a required dependency names a service that the environment lacks.
        public static var unknownService: Code { Code(kind: .unknownService) }
        /// A service joins a network that the environment lacks.
        public static var unknownNetwork: Code { Code(kind: .unknownNetwork) }
        /// A service mounts a named volume that the environment lacks.
        public static var unknownVolume: Code { Code(kind: .unknownVolume) }
        /// Two services have one name.
        public static var duplicateService: Code { Code(kind: .duplicateService) }
        /// Services depend on each other in a circle.
        public static var dependencyCycle: Code { Code(kind: .dependencyCycle) }
        /// An image is not in the store, and its pull policy keeps it from being pulled.
        public static var imageMissing: Code { Code(kind: .imageMissing) }
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
