/// Why a registry could not be asked, or did not give or take what it should.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case notFound, unauthorized, tokenExpired, forbidden, rateLimited, serverFailed, unreachable
            case certificateUnknown, notARegistry, digestMismatch, sizeMismatch, tooLarge, unknownManifestType
            case protocolViolation, connectionBroken, invalidSettings, helperFailed, callerFailed, cancelled, refused
        }
        private let kind: Kind

        /// The registry does not have the repository, tag, manifest or blob.
        public static let notFound = Code(kind: .notFound)
        /// There are no credentials, or the registry does not accept them.
        public static let unauthorized = Code(kind: .unauthorized)
        /// The identity token of an earlier login is no longer accepted.
        public static let tokenExpired = Code(kind: .tokenExpired)
        /// The credentials are good and do not allow this.
        public static let forbidden = Code(kind: .forbidden)
        /// The registry answers no more requests for now.
        public static let rateLimited = Code(kind: .rateLimited)
        /// The registry went on answering with an error of its own (5xx).
        public static let serverFailed = Code(kind: .serverFailed)
        /// The host has no address, refuses the connection or does not answer.
        public static let unreachable = Code(kind: .unreachable)
        /// The server's certificate is not trusted, or is for another name.
        public static let certificateUnknown = Code(kind: .certificateUnknown)
        /// What answers does not speak the distribution protocol.
        public static let notARegistry = Code(kind: .notARegistry)
        /// The content is not what its digest says.
        public static let digestMismatch = Code(kind: .digestMismatch)
        /// The content is shorter or longer than its descriptor says.
        public static let sizeMismatch = Code(kind: .sizeMismatch)
        /// A document is beyond its limit, or the registry takes no blob of this size.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The manifest is of a type that cannot be read.
        public static let unknownManifestType = Code(kind: .unknownManifestType)
        /// The answer breaks the specification.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The connection was lost or stood still, also after all attempts.
        public static let connectionBroken = Code(kind: .connectionBroken)
        /// The settings, the environment or a file with credentials cannot be used.
        public static let invalidSettings = Code(kind: .invalidSettings)
        /// A credential helper is missing or failed.
        public static let helperFailed = Code(kind: .helperFailed)
        /// The registry does not take what it is given; the message has its reason.
        public static let refused = Code(kind: .refused)
        /// What the caller passed in (a consumer or a content) threw; `cause` has its error.
        public static let callerFailed = Code(kind: .callerFailed)
        /// The task was cancelled.
        public static let cancelled = Code(kind: .cancelled)
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?
    /// What makes another attempt worth while; `nil` where it would fail alike.
    var failure: RetryPolicy.Failure?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, retry failure: RetryPolicy.Failure?) {
        self.init(code, message, cause: cause)
        self.failure = failure
    }

    public var description: String { message }

    static func cancelled(_ what: String) -> RegistryError {
        RegistryError(.cancelled, "Could not \(what): it was cancelled.")
    }
}
