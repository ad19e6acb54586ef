public import Diagnostics

/// What could not be made of a text that should be an OCI value.
public struct OCIError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable {
        private enum Kind { case digest, reference, document }
        private let kind: Kind

        /// The text is no digest.
        public static let invalidDigest = Code(kind: .digest)
        /// The text is no image reference.
        public static let invalidReference = Code(kind: .reference)
        /// The document breaks a rule of the image specification.
        public static let invalidDocument = Code(kind: .document)
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
