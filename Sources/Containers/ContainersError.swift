public import Diagnostics

/// Why a container could not be prepared, started or reached.
public struct ContainersError: CausedError, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unknownUser, unknownGroup, invalidUser, invalidCapability, invalidConfiguration, rootFilesystem
            case bundle, seccomp, runtimeMissing, runtimeFailed, host
        }

        private let value: Value

        /// A user name that the image's /etc/passwd does not have.
        public static let unknownUser = Code(value: .unknownUser)
        /// A group name that the image's /etc/group does not have.
        public static let unknownGroup = Code(value: .unknownGroup)
        /// A text that is no `USER[:GROUP]`, or account files that cannot be read.
        public static let invalidUser = Code(value: .invalidUser)
        /// A name that is no capability.
        public static let invalidCapability = Code(value: .invalidCapability)
        /// A configuration that no runtime could run.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        /// The root file system could not be mounted or unmounted.
        public static let rootFilesystem = Code(value: .rootFilesystem)
        /// The bundle could not be written.
        public static let bundle = Code(value: .bundle)
        /// The seccomp profile could not be compiled.
        public static let seccomp = Code(value: .seccomp)
        /// There is no such runtime on this host.
        public static let runtimeMissing = Code(value: .runtimeMissing)
        /// The runtime ran and refused, or answered what cannot be understood.
        public static let runtimeFailed = Code(value: .runtimeFailed)
        /// A fact about the host could not be learnt.
        public static let host = Code(value: .host)

        public var description: String { value.rawValue }
    }

    public var code: Code
    /// One sentence; a second may give the remedy.
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
