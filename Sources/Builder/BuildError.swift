internal import Diagnostics
internal import Dockerfile
internal import LinuxSystem
internal import SystemPackage

/// Why an image could not be built.
package struct BuildError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable {
        /// There is no directory where the context should be.
        case contextMissing
        /// A source of COPY or ADD, or the directory of a git reference, is not there.
        case sourceMissing
        /// A source lies outside of its context, by its name or by a link.
        case sourceOutside
        /// A source is there and may not be read.
        case sourceUnreadable
        /// The context has more entries than anybody means to build from.
        case contextTooLarge
        /// What is at the destination cannot give way: a directory to a file, or a file to a directory.
        case destinationConflict
        /// A pattern of a source or of `--exclude` cannot be understood.
        case invalidPattern
        /// The text of a git or HTTP source cannot be understood.
        case invalidReference
        /// An archive for ADD is broken, reaches outside or is too large; `cause` is the `ImageError`.
        case invalidArchive
        /// git said no; the message has its words.
        case gitFailed
        /// What was fetched is not what `--checksum` or the reference says.
        case checksumMismatch
        /// A program that is needed is not installed.
        case programMissing
        case diskFull
        /// The command of a RUN step ended with another code than 0; `cause` is the `FailedStep`.
        case stepFailed
        /// A RUN step asks for what its image or this build does not have: a user, a program, a secret.
        case stepInvalid
        /// The OCI runtime refused a RUN step.
        case runtimeFailed
        /// The task was cancelled; nothing of the step is left.
        case cancelled
        /// What is asked for cannot be: two builds of one name, or a context or a mount that names nothing.
        case invalidRequest
        /// The Dockerfile is not there, or `cause` is the `DockerfileError` with its places.
        case invalidDockerfile
        /// The target is no stage of the Dockerfile.
        case unknownStage
        /// Builds need each other.
        case cycle
        /// Something is to be built for a machine of another kind.
        case platform
        /// An image that a stage starts from, or takes files from, could not be had; `cause` says why.
        case baseImage
        /// A file for ADD or a context could not be downloaded; `cause` says why.
        case downloadFailed
        /// The records of the cache could not be read or written.
        case cacheUnusable
        /// The kernel refused; `cause` has the call.
        case systemCall
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?
    /// What of a request the failure is about; `nil` where it is about no single key.
    package var subject: Subject?
    /// What must not go before the cause does.
    var attachment: (any Sendable)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// From a failed system call: `what` completes "Could not …".
    init(_ what: String, _ error: SystemError) {
        switch error.errno {
        case .noSpace, .diskQuotaExceeded:
            // Of a file that is open there is a number only.
            let place = Int(error.subject) == nil ? "the file system of \(error.subject)" : "its file system"
            self.init(.diskFull, "Could not \(what): \(place) is full. Free space there.", cause: error)
        case .canceled: self.init(.cancelled, "Could not \(what): it was cancelled.", cause: error)
        default:
            let isForbidden = error.errno == .notPermitted || error.errno == .permissionDenied
            let remedy = isForbidden && OutsideHost.problem != nil ? " \(OutsideHost.remedy)" : ""
            self.init(.systemCall, "Could not \(what): \(error.errno).\(remedy)", cause: error)
        }
    }

    package var description: String { message }

    /// A part of a request, by the name that Compose has for it.
    package struct Subject: Hashable, Sendable {
        /// The name of the request.
        package var build: String
        /// Such as `dockerfile` or `additional_contexts.base`.
        package var key: String
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

    package var shownText: String { dockerfileError?.shownText ?? message }
    package var isPlaced: Bool { dockerfileError != nil }
}
