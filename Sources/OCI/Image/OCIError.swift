internal import Diagnostics

/// What could not be made of a text that should be an OCI value.
package struct OCIError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable {
        /// The text is no digest.
        case invalidDigest
        /// The text is no image reference.
        case invalidReference
        /// The document breaks a rule of the image specification.
        case invalidDocument
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
