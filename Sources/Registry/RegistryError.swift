/// Why a registry could not be asked, or did not give or take what it should.
package struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable {
        /// The registry does not have the repository, tag, manifest or blob.
        case notFound
        /// There are no credentials, or the registry does not accept them.
        case unauthorized
        /// The identity token of an earlier login is no longer accepted.
        case tokenExpired
        /// The credentials are good and do not allow this.
        case forbidden
        /// The registry answers no more requests for now.
        case rateLimited
        /// The registry went on answering with an error of its own (5xx).
        case serverFailed
        /// The host has no address, refuses the connection or does not answer.
        case unreachable
        /// The server's certificate is not trusted, or is for another name.
        case certificateUnknown
        /// What answers does not speak the distribution protocol.
        case notARegistry
        /// The content is not what its digest says.
        case digestMismatch
        /// The content is shorter or longer than its descriptor says.
        case sizeMismatch
        /// A document is beyond its limit, or the registry takes no blob of this size.
        case tooLarge
        /// The manifest is of a type that cannot be read.
        case unknownManifestType
        /// The answer breaks the specification.
        case protocolViolation
        /// The connection was lost or stood still, also after all attempts.
        case connectionBroken
        /// The settings, the environment or a file with credentials cannot be used.
        case invalidSettings
        /// A credential helper is missing or failed.
        case helperFailed
        /// The registry does not take what it is given; the message has its reason.
        case refused
        /// What the caller passed in (a consumer or a content) threw; `cause` has its error.
        case callerFailed
        /// The task was cancelled.
        case cancelled
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?
    /// What makes another attempt worth while; `nil` where it would fail alike.
    var failure: RetryPolicy.Failure?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, retry failure: RetryPolicy.Failure?) {
        self.init(code, message, cause: cause)
        self.failure = failure
    }

    package var description: String { message }

    static func cancelled(_ what: String) -> RegistryError {
        RegistryError(.cancelled, "Could not \(what): it was cancelled.")
    }
}
