public import Diagnostics
internal import Dockerfile
internal import LinuxSystem
internal import SystemPackage

/// Why an image could not be built.
public struct BuildError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case contextMissing, sourceMissing, sourceOutside, sourceUnreadable, contextTooLarge, destinationConflict
            case invalidPattern, invalidReference, invalidArchive, gitFailed, checksumMismatch, programMissing, diskFull
            case stepFailed, stepInvalid, runtimeFailed, cancelled
            case invalidRequest, invalidDockerfile, unknownStage, cycle, platform, baseImage, downloadFailed
            case cacheUnusable
            case systemCall
        }
        private let kind: Kind

        /// There is no directory where the context should be.
        public static let contextMissing = Code(kind: .contextMissing)
        /// A source of COPY or ADD, or the directory of a git reference, is not there.
        public static let sourceMissing = Code(kind: .sourceMissing)
        /// A source lies outside of its context, by its name or by a link.
        public static let sourceOutside = Code(kind: .sourceOutside)
        /// A source is there and may not be read.
        public static let sourceUnreadable = Code(kind: .sourceUnreadable)
        /// The context has more entries than anybody means to build from.
        public static let contextTooLarge = Code(kind: .contextTooLarge)
        /// What is at the destination cannot give way: a directory to a file, or a file to a directory.
        public static let destinationConflict = Code(kind: .destinationConflict)
        /// A pattern of a source or of `--exclude` cannot be understood.
        public static let invalidPattern = Code(kind: .invalidPattern)
        /// The text of a git or HTTP source cannot be understood.
        public static let invalidReference = Code(kind: .invalidReference)
        /// An archive for ADD is broken, reaches outside or is too large; `cause` is the `ImageError`.
        public static let invalidArchive = Code(kind: .invalidArchive)
        /// git said no; the message has its words.
        public static let gitFailed = Code(kind: .gitFailed)
        /// What was fetched is not what `--checksum` or the reference says.
        public static let checksumMismatch = Code(kind: .checksumMismatch)
        /// A program that is needed is not installed.
        public static let programMissing = Code(kind: .programMissing)
        public static let diskFull = Code(kind: .diskFull)
        /// The command of a RUN step ended with another code than 0; `cause` is the `FailedStep`.
        public static let stepFailed = Code(kind: .stepFailed)
        /// A RUN step asks for what its image or this build does not have: a user, a program, a secret.
        public static let stepInvalid = Code(kind: .stepInvalid)
        /// The OCI runtime refused a RUN step.
        public static let runtimeFailed = Code(kind: .runtimeFailed)
        /// The task was cancelled; nothing of the step is left.
        public static let cancelled = Code(kind: .cancelled)
        /// What is asked for cannot be: two builds of one name, or a context or a mount that names nothing.
        public static let invalidRequest = Code(kind: .invalidRequest)
        /// The Dockerfile is not there, or `cause` is the `DockerfileError` with its places.
        public static let invalidDockerfile = Code(kind: .invalidDockerfile)
        /// The target is no stage of the Dockerfile.
        public static let unknownStage = Code(kind: .unknownStage)
        /// Builds need each other.
        public static let cycle = Code(kind: .cycle)
        /// Something is to be built for a machine of another kind.
        public static let platform = Code(kind: .platform)
        /// An image that a stage starts from, or takes files from, could not be had; `cause` says why.
        public static let baseImage = Code(kind: .baseImage)
        /// A file for ADD or a context could not be downloaded; `cause` says why.
        public static let downloadFailed = Code(kind: .downloadFailed)
        /// The records of the cache could not be read or written.
        public static let cacheUnusable = Code(kind: .cacheUnusable)
        /// The kernel refused; `cause` has the call.
        public static let systemCall = Code(kind: .systemCall)
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?
    /// What of a request the failure is about; `nil` where it is about no single key.
    public var subject: Subject?
    /// What must not go before the cause does.
    var attachment: (any Sendable)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// From a failed system call: `what` completes "Could not …".
    init(_ what: String, _ error: SystemError) {
        switch error.errno {
        case .noSpace, .diskQuotaExceeded:
            self.init(
                .diskFull, "Could not \(what): the file system of \(error.subject) is full. Free space there.",
                cause: error)
        case .canceled: self.init(.cancelled, "Could not \(what): it was cancelled.", cause: error)
        default:
            self.init(.systemCall, "Could not \(what): \(error.errno).", cause: error)
        }
    }

    public var description: String { message }

    /// A part of a request, by the name that Compose has for it.
    public struct Subject: Hashable, Sendable {
        /// The name of the request.
        public var build: String
        /// Such as `dockerfile` or `additional_contexts.base`.
        public var key: String
    }
}

extension BuildError {
    /// - Throws: `.cancelled` when the work is not wanted any more.
    static func checkCancellation() throws(BuildError) {
        if Cancellation.isRequested { throw BuildError(.cancelled, "The build was cancelled.") }
    }
}

/// Runs `body`; its system error becomes "Could not `what`: …".
@discardableResult
func attempting<Result: ~Copyable>(
    _ what: @autoclosure () -> String, _ body: () throws(SystemError) -> Result
) throws(BuildError) -> Result {
    do throws(SystemError) {
        return try body()
    } catch {
        throw BuildError(what(), error)
    }
}

extension BuildError {
    /// The problems of a Dockerfile, where these are the reason.
    private var dockerfileError: DockerfileError? {
        guard code == .invalidDockerfile, let error = cause as? DockerfileError, !error.diagnostics.isEmpty else {
            return nil
        }
        return error
    }

    public var shownText: String { dockerfileError?.shownText ?? message }
    public var isPlaced: Bool { dockerfileError != nil }
}
